package nanochat.task;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import nanochat.data.parquet.ParquetFile;
import nanochat.io.AtomicFile;
import nanochat.io.BadInputException;
import nanochat.io.Json;
import nanochat.io.LineFile;
import nanochat.io.Progress;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// The rows of a public data set, any of them at any time, in an order shuffled once and for all. Every row is checked when the files are
/// opened, and then only the place of each is in memory (16 bytes): half a million conversations take 8 MB.
///
/// A Parquet file holds rows by the thousand in compressed pages, so taking one row of it means unpacking them all. The first time a file
/// is used it is therefore unpacked as a whole, into `unpacked/<name>.jsonl` beside it; that file gets the time of the Parquet file, and
/// one whose time differs is unpacked again. JSON lines are read where they are. Safe for any number of threads.
///
/// @param <R> what a row is read as
public final class DatasetRows<R> {
    private static final long ORDER_SEED = 42;

    private final String name;
    private final Function<DatasetRow, R> reader;
    private final List<LineFile> files;
    /// The number of rows in the files before each one.
    private final int[] before;
    /// In the order of this class, the rows' numbers in the files one after the other.
    private final int[] order;

    /// @param name what the rows are, for messages and fingerprints
    /// @param paths Parquet files and, by the end of their names, `.jsonl` files with an object on every line
    /// @param reader throws a [BadInputException] on a row that is not as it should be
    /// @throws BadInputException when a file is missing or damaged, there is no row in all of them, or one is not as it should be; the message
    /// names the file, and in it the row group and row, or the line
    public DatasetRows(String name, List<Path> paths, Function<DatasetRow, R> reader) {
        this.name = name;
        this.reader = reader;
        files = paths.stream().map(this::open).toList();
        before = new int[files.size()];
        int size = 0;
        for (int i = 0; i < before.length; i++) {
            before[i] = size;
            size = Math.addExact(size, files.get(i).size());
        }
        if (size == 0) {
            throw new BadInputException("There is no row in " + paths + ": fetch it again with 'nanochat data download --dataset tasks'");
        }
        order = Mixture.shuffled(size, ORDER_SEED);
    }

    private LineFile open(Path path) {
        return path.getFileName().toString().endsWith(".jsonl")
                ? new LineFile(path, line -> check(parse(line)))
                : new LineFile(unpacked(path));
    }

    /// Reads a row to see whether it can be read.
    private void check(DatasetRow row) {
        R _ = reader.apply(row);
    }

    private static DatasetRow parse(String line) {
        try {
            return new DatasetRow(Json.LINE.readTree(line));
        } catch (JacksonException e) {
            throw new BadInputException("not valid JSON: " + Json.problem(e), e);
        }
    }

    private Path unpacked(Path parquet) {
        Path lines = parquet.resolveSibling("unpacked").resolve(parquet.getFileName().toString().replaceFirst("\\.parquet$", "")
                + ".jsonl");
        try {
            var time = Files.getLastModifiedTime(parquet);
            if (!Files.exists(lines) || !Files.getLastModifiedTime(lines).equals(time)) {
                AtomicFile.write(lines, out -> unpack(parquet, out));
                Files.setLastModifiedTime(lines, time);
            }
            return lines;
        } catch (NoSuchFileException e) {
            throw new BadInputException("There is no file " + parquet, e);
        } catch (IOException e) {
            throw new BadInputException("Cannot unpack " + parquet + " to " + lines + ": " + e.getMessage(), e);
        }
    }

    private void unpack(Path parquet, OutputStream out) throws IOException {
        try (ParquetFile file = new ParquetFile(parquet); Progress progress = Progress.of("Unpacking " + name, file.rows(), "rows")) {
            for (int group = 0; group < file.rowGroups(); group++) {
                Iterator<Map<String, Object>> rows = file.rowGroup(group);
                for (int row = 0; rows.hasNext(); row++) {
                    JsonNode node = Json.LINE.valueToTree(rows.next());
                    try {
                        check(new DatasetRow(node));
                    } catch (BadInputException e) {
                        throw new BadInputException(parquet + " row group " + group + ", row " + row + ": " + e.getMessage(), e);
                    }
                    out.write(Json.LINE.writeValueAsBytes(node));
                    out.write('\n');
                    progress.advance(1);
                }
            }
        }
    }

    /// The number of rows.
    public int size() {
        return order.length;
    }

    /// Row `index` of the shuffled order.
    ///
    /// @throws BadInputException when the files have changed since they were opened
    public R row(int index) {
        int number = order[index];
        int file = Arrays.binarySearch(before, number);
        // where a file has no rows, several begin with the same number: the last of them has it
        file = file < 0 ? -file - 2 : file;
        while (file + 1 < before.length && before[file + 1] == number) {
            file++;
        }
        return reader.apply(parse(files.get(file).line(number - before[file])));
    }

    /// A line that changes when the rows do.
    public String fingerprint() {
        return name + " " + size() + " rows " + files.stream().mapToLong(LineFile::bytes).sum() + " bytes, content "
                + files.stream().map(LineFile::content).collect(Collectors.joining(" "));
    }
}
