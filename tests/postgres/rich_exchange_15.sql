-- What came with 15: lists of columns, row filters, whole schemas.
CREATE PUBLICATION part FOR TABLE trade.goods (price, id) WHERE (price > 10 AND name <> 'x'), trade."Odd ""name" ("a b");
CREATE PUBLICATION shelves FOR TABLES IN SCHEMA trade, TABLE trade.notes;
