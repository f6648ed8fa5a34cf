package nanochat.data;

import java.util.List;
import java.util.stream.Stream;

/// [Packing#CONTINUED]: a [StreamPacker] for each row of a batch. They take their documents from one supply, each when it needs one.
final class RowStreams implements Packer {
    private final List<StreamPacker> streams;
    private int row;

    /// @param rows of a batch
    RowStreams(int rows, DocumentSupply documents) {
        streams = Stream.generate(() -> new StreamPacker(documents)).limit(rows).toList();
    }

    /// Fills the row after the one that was filled last, of the same batch or the next.
    @Override
    public int fill(int[] tokens) {
        int filled = streams.get(row).fill(tokens);
        row = (row + 1) % streams.size();
        return filled;
    }

    /// One for each row, or none before the first batch.
    @Override
    public List<DocumentPosition> buffered() {
        return streams.stream().flatMap(stream -> stream.buffered().stream()).toList();
    }

    @Override
    public List<Integer> consumed() {
        return streams.stream().flatMap(stream -> stream.consumed().stream()).toList();
    }

    @Override
    public void restore(List<TokenizedDocument> buffered, List<Integer> consumed) {
        for (int i = 0; i < buffered.size(); i++) {
            streams.get(i).restore(List.of(buffered.get(i)), List.of(consumed.get(i)));
        }
    }

    @Override
    public long croppedTokens() {
        return 0;
    }
}
