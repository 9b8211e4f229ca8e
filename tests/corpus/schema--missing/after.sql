SELECT; -- nothing
