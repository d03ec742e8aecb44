DROP TABLE record_export;
