DROP TABLE imported_line;
