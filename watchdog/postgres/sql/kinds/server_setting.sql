-- What someone set for the whole server (in a file, by ALTER SYSTEM, on the command line, in the environment) and what
-- departs from the default. Settings have no oids, so $1 leaves all out and $2 blocks none.
-- Left out: where the server stands, listens and logs (paths, ports, sockets, names), which server it follows, and what
-- belongs to a session.
-- What is set for this role or database hides the server's own value from it, and some settings only
-- pg_read_all_settings may see: then the value is NULL or nothing, and it is not known whether anybody set it. Those in
-- `always` are told at any value: initdb writes the one half of them into every server's file, and the rest is worth it.
with always as (
  select unnest(array[
    'DateStyle', 'TimeZone', 'default_text_search_config', 'lc_messages', 'lc_monetary', 'lc_numeric', 'lc_time',
    'dynamic_library_path', 'session_preload_libraries', 'shared_preload_libraries', 'ssl_ciphers',
    'ssl_max_protocol_version', 'ssl_min_protocol_version'
  ]) as name
),
overridden as (
  select lower(split_part(o, '=', 1)) as name
  from pg_db_role_setting s, unnest(s.setconfig) o
  where s.setdatabase in (0, (select oid from pg_database where datname = current_database()))
    and s.setrole in (0, (select oid from pg_roles where rolname = session_user))
),
setting as (
  select coalesce(s.name, always.name) as name, s.boot_val, s.pending_restart, always.name is not null as always,
    -- Our own SET LOCAL makes the source "session"; what was before is in reset_val.
    case
      when s.source in ('default', 'override', 'configuration file', 'command line', 'environment variable', 'session')
        and lower(s.name) not in (select name from overridden)
      then s.reset_val
    end as value,
    s.source, s.unit
  from pg_settings s
  full join always on always.name = s.name
)
select
  0::oid as class_oid, 0::oid as object_oid, 0 as sub_id, 0::oid = any($2::oid[]) as blocked,
  s.name as setting,
  case
    when s.value = s.boot_val then 'default'
    -- Of a command its program, when it begins with that; its arguments may be anything.
    when s.name ~ '_command$' then coalesce(substring(s.value from '^[[:alnum:]_/.-]+(?= |$)') || ' ', '') || '(hidden)'
    when s.name || '=' ~* :'secret_option' or '=' || s.value ~* :'secret_within' then '(hidden)'
    when s.unit ~ '^[0-9]+kB$' and s.value !~ '^-'
    then s.value::int8 * substring(s.unit from '^[0-9]+')::int8 || 'kB'
    when s.unit is not null and s.value !~ '^-' then s.value || s.unit
    when s.value = '' then ''''''
    else s.value
  end as value,
  s.pending_restart
from setting s
where $1::oid[] is null
  and (
    s.always
    or s.value is distinct from s.boot_val and s.value is not null and s.source not in ('default', 'override')
    or s.value is not null and s.pending_restart
    or s.value is null and (
      s.source in ('database', 'user', 'database user', 'client') or lower(s.name) in (select name from overridden)
    )
  )
  and s.name !~ ('^(application_name|client_encoding|transaction_(isolation|read_only|deferrable)|max_stack_depth'
    '|port|listen_addresses|unix_socket_.*|bonjour.*|cluster_name|data_directory|.*_file|krb_server_keyfile'
    '|stats_temp_directory|jit_provider|extension_control_path|oauth_validator_libraries'
    '|ssl_(ecdh_curve|groups|passphrase_command|tls13_ciphers)'
    '|log_(destination|directory|filename|file_mode|rotation_.*|truncate_on_rotation|line_prefix)|logging_collector'
    '|syslog_.*|event_source|primary_.*|recovery_.*)$')
