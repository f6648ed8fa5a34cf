package nanochat.data;

import java.nio.file.Path;
import java.util.Collections;
import java.util.Iterator;
import java.util.Map;
import nanochat.data.parquet.ParquetFile;
import nanochat.io.BadInputException;

/// The documents of a `.parquet` file: the column `text` of every row. An offset is the number of a row; a row group is read when the first
/// text in it is.
final class ParquetCursor implements DocumentCursor {
    private static final String COLUMN = "text";

    private final Path path;
    private final ParquetFile file;
    private long row;
    private long end;
    private int rowGroup;
    private int readRowGroup = -1;
    private Iterator<Map<String, Object>> rows = Collections.emptyIterator();
    private long nextRow;

    ParquetCursor(Path path) {
        this.path = path;
        file = new ParquetFile(path, COLUMN);
    }

    @Override
    public boolean advance() {
        row = end;
        if (row >= file.rows()) {
            return false;
        }
        end = row + 1;
        while (row >= file.firstRow(rowGroup + 1)) {
            rowGroup++;
        }
        return true;
    }

    /// Of the document stepped to.
    int rowGroup() {
        return rowGroup;
    }

    @Override
    public long offset() {
        return row;
    }

    @Override
    public long end() {
        return end;
    }

    @Override
    public void seek(long offset) {
        row = offset;
        end = offset;
        if (offset < file.firstRow(rowGroup)) {
            rowGroup = 0;
        }
    }

    @Override
    public String text() {
        if (readRowGroup != rowGroup || row < nextRow) {
            rows = file.rowGroup(rowGroup);
            readRowGroup = rowGroup;
            nextRow = file.firstRow(rowGroup);
        }
        while (nextRow < row) {
            rows.next();
            nextRow++;
        }
        nextRow++;
        if (rows.next().get(COLUMN) instanceof String text) {
            return text;
        }
        throw new BadInputException(path + " row group " + rowGroup + ", row " + (row - file.firstRow(rowGroup)) + ": the column '" + COLUMN
                + "' holds no text");
    }

    @Override
    public void close() {
        file.close();
    }
}
