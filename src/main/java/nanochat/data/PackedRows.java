package nanochat.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/// How documents of given lengths would lie in rows: what the packers that feed training do with them.
///
/// @param rows from the first to the last, each with the parts of documents in it
/// @param croppedTokens that are in no row
public record PackedRows(List<List<Part>> rows, long croppedTokens) {
    public PackedRows {
        rows = rows.stream().map(List::copyOf).toList();
    }

    /// A stretch of a document.
    ///
    /// @param document its number
    /// @param from its first token here
    /// @param to the token of the document after the last one here
    public record Part(int document, int from, int to) {
        public int length() {
            return to - from;
        }
    }

    /// Where a kind of packing is written down.
    public static Class<?> codeOf(Packing packing) {
        return switch (packing) {
            case BESTFIT -> BestFitPacker.class;
            case STREAM -> StreamPacker.class;
            case CONTINUED -> RowStreams.class;
        };
    }

    /// Packs one epoch, into batches of one row.
    ///
    /// @param lengths of the documents, in tokens, bos included
    /// @param rowTokens T+1
    public static PackedRows of(Packing packing, List<Integer> lengths, int rowTokens) {
        Iterator<Integer> numbers = IntStream.range(0, lengths.size()).iterator();
        int[] starts = starts(lengths);
        Packer packer = Packer.of(packing, 1, () -> numbers.hasNext()
                ? Optional.of(document(numbers.next(), starts, lengths))
                : Optional.empty());
        List<List<Part>> rows = new ArrayList<>();
        int[] row = new int[rowTokens];
        for (int filled = packer.fill(row); filled > 0; filled = packer.fill(row)) {
            rows.add(parts(row, filled, starts));
        }
        return new PackedRows(rows, packer.croppedTokens());
    }

    /// A document whose tokens are numbered through all documents, so that each tells where it is from.
    private static TokenizedDocument document(int number, int[] starts, List<Integer> lengths) {
        int length = lengths.get(number);
        return new TokenizedDocument(IntStream.range(starts[number], starts[number] + length).toArray(), length,
                new DocumentPosition(0, number, number));
    }

    private static int[] starts(List<Integer> lengths) {
        int[] starts = new int[lengths.size()];
        for (int i = 1; i < starts.length; i++) {
            starts[i] = Math.addExact(starts[i - 1], lengths.get(i - 1));
        }
        return starts;
    }

    private static List<Part> parts(int[] row, int filled, int[] starts) {
        List<Part> parts = new ArrayList<>();
        for (int at = 0; at < filled;) {
            int found = Arrays.binarySearch(starts, row[at]);
            int document = found >= 0 ? found : -found - 2;
            int end = at + 1;
            while (end < filled && row[end] == row[end - 1] + 1 && Arrays.binarySearch(starts, row[end]) < 0) {
                end++;
            }
            parts.add(new Part(document, row[at] - starts[document], row[end - 1] + 1 - starts[document]));
            at = end;
        }
        return parts;
    }
}
