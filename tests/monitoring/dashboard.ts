// What a dashboard's JSON may hold, as strict as Grafana's own types allow: the schema leaves the options of a panel,
// its custom fields and its queries open, so each sort of panel that is used here is closed with the types of its plugin.
import type {
  DashboardLink,
  DataQuery,
  Dashboard,
  FieldColor,
  FieldConfig,
  Panel,
  RowPanel,
  TableCellOptions,
  ThresholdsConfig,
  ValueMapping,
  VariableModel,
} from '@grafana/schema';
import type * as Stat from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen.js';
import type * as Timeline from '@grafana/schema/dist/esm/raw/composable/statetimeline/panelcfg/x/StateTimelinePanelCfg_types.gen.js';
import type * as Table from '@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen.js';
import type * as Graph from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen.js';

// A literal is no member of an enum for TypeScript, so each enum of strings stands for its values.
type Json<T> = unknown extends T
  ? T
  : T extends string
    ? `${T}`
    : T extends Array<infer Item>
      ? Array<Json<Item>>
      : T extends object
        ? { [Key in keyof T]: Json<T[Key]> }
        : T;

type Source = { type: 'prometheus'; uid: '${datasource}' };

// The package has no types for queries of Prometheus.
type Query = Omit<DataQuery, 'datasource'> & {
  datasource: Source;
  expr: string;
  instant: boolean;
  range: boolean;
  format?: 'time_series' | 'table';
  legendFormat?: string;
};

type Property =
  | { id: 'unit' | 'noValue'; value: string }
  | { id: 'color'; value: FieldColor }
  | { id: 'mappings'; value: ValueMapping[] }
  | { id: 'thresholds'; value: ThresholdsConfig }
  | { id: 'custom.cellOptions'; value: TableCellOptions };

type Sort<Type extends string, Options, Custom> = Omit<
  Panel,
  'type' | 'options' | 'fieldConfig' | 'targets' | 'datasource' | 'title' | 'description' | 'id' | 'gridPos'
> &
  Required<Pick<Panel, 'title' | 'description' | 'id' | 'gridPos'>> & {
    type: Type;
    datasource: Source;
    targets: Query[];
    options: Options;
    fieldConfig: {
      defaults: Omit<FieldConfig, 'custom' | 'links'> &
        Required<Pick<FieldConfig, 'unit' | 'noValue'>> & { custom?: Custom; links: DashboardLink[] };
      overrides: Array<{ matcher: { id: 'byName'; options: string }; properties: Property[] }>;
    };
  };

type AnyPanel =
  | Sort<'stat', Stat.Options, never>
  | Sort<'state-timeline', Timeline.Options, Timeline.FieldConfig>
  | Sort<'table', Table.Options, Partial<Table.FieldConfig>>
  | Sort<'timeseries', Graph.Options, Graph.FieldConfig>;

type Annotation = {
  name: string;
  datasource: Source;
  enable: boolean;
  hide: boolean;
  iconColor: string;
  expr: string;
  target: Omit<Query, 'format' | 'legendFormat'>;
  titleFormat: string;
  textFormat: string;
  tagKeys: string;
  useValueForTime: boolean;
};

export type Board = Json<
  Omit<Dashboard, 'panels' | 'annotations' | 'templating' | 'uid' | 'title'> &
    Required<Pick<Dashboard, 'uid' | 'title'>> & {
      panels: Array<AnyPanel | (Omit<RowPanel, 'panels'> & { panels: AnyPanel[] })>;
      annotations: { list: Annotation[] };
      templating: { list: VariableModel[] };
    }
>;
