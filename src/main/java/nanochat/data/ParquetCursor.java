package nanochat.data;

import java.nio.file.Path;
import java.util.Collections;
import java.util.Iterator;
import java.util.Map;
import nanochat.data.parquet.ParquetFile;
import nanochat.io.BadInputException;

/// The documents of a `.parquet` file: one column of every row. An offset is the number of a row; a row group is read when the first text in
/// it is.
final class ParquetCursor implements DocumentCursor {
    private final Path path;
    private final String column;
    private final ParquetFile file;
    private long row;
    private long end;
    private int rowGroup;
    private int readRowGroup = -1;
    private Iterator<Map<String, Object>> rows = Collections.emptyIterator();
    private long nextRow;

    ParquetCursor(Path path, String column) {
        this.path = path;
        this.column = column;
        file = new ParquetFile(path, column);
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
    public String text() throws DamageException {
        if (readRowGroup != rowGroup || row < nextRow) {
            startRowGroup();
        }
        while (nextRow < row) {
            try {
                readRow();
            } catch (DamageException e) {
                if (!(e.extent() instanceof DamageException.Extent.OneDocument)) {
                    throw e;
                }
            }
        }
        if (readRow().get(column) instanceof String text) {
            return text;
        }
        throw new DamageException(path + " row group " + rowGroup + ", row " + (row - file.firstRow(rowGroup)) + ": the column '" + column
                + "' holds no text");
    }

    private void startRowGroup() throws DamageException {
        readRowGroup = -1;
        nextRow = file.firstRow(rowGroup);
        try {
            rows = file.rowGroup(rowGroup);
        } catch (BadInputException e) {
            if (e.getCause() instanceof OutOfMemoryError) {
                throw e;
            }
            throw restOfRowGroup(e);
        }
        readRowGroup = rowGroup;
    }

    private Map<String, Object> readRow() throws DamageException {
        try {
            Map<String, Object> read = rows.next();
            nextRow++;
            return read;
        } catch (BadInputException e) {
            if (e.getCause() instanceof OutOfMemoryError) {
                throw e;
            }
            nextRow++;
            if (rows.hasNext() || nextRow == file.firstRow(rowGroup + 1)) {
                throw new DamageException(e.getMessage());
            }
            readRowGroup = -1;
            throw restOfRowGroup(e);
        }
    }

    /// A page that cannot be read takes the rows after it along, up to the next row group.
    private DamageException restOfRowGroup(BadInputException e) {
        long next = file.firstRow(rowGroup + 1);
        return new DamageException(e.getMessage(), new DamageException.Extent.Documents(next - row, next), e);
    }

    @Override
    public void close() {
        file.close();
    }
}
