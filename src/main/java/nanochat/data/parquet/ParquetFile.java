package nanochat.data.parquet;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.stream.Collectors;
import nanochat.io.BadInputException;
import nanochat.io.GitLfsPointer;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.LocalInputFile;
import org.apache.parquet.io.MessageColumnIO;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Type;

/// An open Parquet file: pages in zstd, snappy, gzip, LZ4 or uncompressed, plain or with dictionaries, nested groups and lists. One row group is
/// in memory at a time, and of it only the columns wanted. Not for use by two threads at once.
///
/// A row is a map from column to value: strings, numbers, booleans, byte arrays, lists, and maps for groups. A null column is absent.
///
/// Whatever is wrong with the file is a [BadInputException] that names the file, and inside it the row group, the row and the columns read.
public final class ParquetFile implements Iterable<Map<String, Object>>, AutoCloseable {
    private final Path path;
    private final ParquetFileReader reader;
    private final MessageType schema;
    private final MessageColumnIO columns;
    private final long[] firstRows;

    /// Opens a file to read some of its columns, or all of them where none is named.
    ///
    /// @param wantedColumns names of top-level columns
    /// @throws BadInputException when the file cannot be opened, is not Parquet, is damaged, or lacks a column
    public ParquetFile(Path path, String... wantedColumns) {
        this.path = path;
        GitLfsPointer.check(path);
        reader = open(path);
        try {
            schema = projection(wantedColumns);
            checkExtents();
            checkCodecs();
            reader.setRequestedSchema(schema);
            columns = new ColumnIOFactory().getColumnIO(schema, reader.getFileMetaData().getSchema());
        } catch (RuntimeException | IOException e) {
            close();
            throw e instanceof BadInputException bad ? bad : damaged("", e);
        }
        List<BlockMetaData> groups = reader.getRowGroups();
        firstRows = new long[groups.size() + 1];
        for (int group = 0; group < groups.size(); group++) {
            firstRows[group + 1] = firstRows[group] + groups.get(group).getRowCount();
        }
    }

    private ParquetFileReader open(Path file) {
        ParquetReadOptions options = ParquetReadOptions.builder(new PlainParquetConfiguration()).withCodecFactory(new PageCodecs())
                .usePageChecksumVerification().build();
        try {
            return ParquetFileReader.open(new LocalInputFile(file), options);
        } catch (RuntimeException | IOException e) {
            throw damaged("", e);
        }
    }

    private MessageType projection(String... wanted) {
        MessageType whole = reader.getFileMetaData().getSchema();
        if (wanted.length == 0) {
            return whole;
        }
        for (String column : wanted) {
            if (!whole.containsField(column)) {
                String known = whole.getFields().stream().map(Type::getName).collect(Collectors.joining(", "));
                throw new BadInputException(path + " has no column '" + column + "'. Its columns are: " + known);
            }
        }
        return new MessageType(whole.getName(), Arrays.stream(wanted).map(whole::getType).toList());
    }

    /// A damaged footer could make the library ask for more memory than there is.
    private void checkExtents() throws IOException {
        long size = Files.size(path);
        for (BlockMetaData group : reader.getRowGroups()) {
            long rows = group.getRowCount();
            for (ColumnChunkMetaData chunk : group.getColumns()) {
                long start = chunk.getStartingPos();
                if (rows < 0 || start < 0 || chunk.getTotalSize() < 0 || start > size - chunk.getTotalSize()) {
                    throw new BadInputException(path + " row group " + group.getOrdinal() + ", column " + chunk.getPath().toDotString()
                            + " lies outside the file. The file is cut short or damaged: download or write it again.");
                }
            }
        }
    }

    private void checkCodecs() {
        for (BlockMetaData group : reader.getRowGroups()) {
            for (ColumnChunkMetaData chunk : group.getColumns()) {
                if (schema.containsField(chunk.getPath().toArray()[0]) && !PageCodecs.isSupported(chunk.getCodec())) {
                    throw new BadInputException(path + " has pages compressed with " + chunk.getCodec()
                            + ", which is not supported: write it"
                            + " again with zstd, snappy, gzip, LZ4 or none. With pyarrow: pyarrow.parquet.write_table("
                            + "pyarrow.parquet.read_table('old.parquet'), 'new.parquet', compression='zstd')");
                }
            }
        }
    }

    public int rowGroups() {
        return firstRows.length - 1;
    }

    /// The number of rows in all row groups.
    public long rows() {
        return firstRows[rowGroups()];
    }

    /// How many rows come before those of a row group; for `rowGroups()` the number of all rows.
    public long firstRow(int rowGroup) {
        return firstRows[rowGroup];
    }

    /// The rows of one row group. The row group read before is then no longer in memory. After an exception for a row that is wrong by itself
    /// the rows go on; after one for a page that cannot be read there are no more.
    public Iterator<Map<String, Object>> rowGroup(int rowGroup) {
        // the library refuses to read a row group without rows, which writers of empty tables make
        return firstRow(rowGroup + 1) == firstRow(rowGroup) ? Collections.emptyIterator() : new RowGroup(rowGroup);
    }

    /// All rows, row group by row group.
    @Override
    public Iterator<Map<String, Object>> iterator() {
        return new Iterator<>() {
            private int nextGroup;
            private Iterator<Map<String, Object>> rows = Collections.emptyIterator();

            @Override
            public boolean hasNext() {
                while (!rows.hasNext() && nextGroup < rowGroups()) {
                    rows = rowGroup(nextGroup++);
                }
                return rows.hasNext();
            }

            @Override
            public Map<String, Object> next() {
                if (!hasNext()) {
                    throw new NoSuchElementException();
                }
                return rows.next();
            }
        };
    }

    private BadInputException damaged(String place, Exception e) {
        return new BadInputException("Cannot read " + path + place + ": " + (e.getMessage() == null ? e : e.getMessage())
                + ". The file is damaged or not Parquet: download or write it again.", e);
    }

    @Override
    public void close() {
        try {
            reader.close();
        } catch (IOException e) {
            throw damaged("", e);
        }
    }

    private final class RowGroup implements Iterator<Map<String, Object>> {
        private final int number;
        private final long rows;
        private final RecordReader<Map<String, Object>> records;
        private final RowBuilder builder = new RowBuilder(schema);
        private long next;
        private boolean broken;

        private RowGroup(int number) {
            this.number = number;
            rows = firstRows[number + 1] - firstRows[number];
            try {
                PageReadStore pages = reader.readRowGroup(number);
                records = columns.getRecordReader(pages, builder);
            } catch (RuntimeException | IOException e) {
                throw damaged(place(), e);
            } catch (OutOfMemoryError e) {
                throw tooLarge(e);
            }
        }

        @Override
        public boolean hasNext() {
            return next < rows && !broken;
        }

        @Override
        public Map<String, Object> next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            Map<String, Object> row;
            try {
                row = records.read();
            } catch (RuntimeException e) {
                broken = true;
                throw damaged(place(), e);
            } catch (OutOfMemoryError e) {
                broken = true;
                throw tooLarge(e);
            }
            Optional<String> problem = builder.problem();
            if (problem.isPresent()) {
                String place = place();
                next++;
                throw new BadInputException(path + place + ": " + problem.get());
            }
            next++;
            return row;
        }

        private BadInputException tooLarge(OutOfMemoryError e) {
            return new BadInputException(path + place() + ": the row group does not fit the Java heap of "
                    + (Runtime.getRuntime().maxMemory() >> 20) + " MiB. Give it more, for example NANOCHAT_JAVA_OPTS=-Xmx4g, or write the"
                    + " file with smaller row groups.", e);
        }

        private String place() {
            return " row group " + number + ", row " + next + ", column "
                    + schema.getFields().stream().map(Type::getName).collect(Collectors.joining(", "));
        }
    }
}
