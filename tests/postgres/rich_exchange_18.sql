-- What came with 18.
CREATE PUBLICATION computed FOR TABLE trade.goods WITH (publish_generated_columns = stored);
