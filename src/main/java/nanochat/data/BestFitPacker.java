package nanochat.data;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// [Packing#BESTFIT]: the buffer is sorted by length, so each choice takes logarithmic time. Of documents of equal length the one that
/// came first is taken.
final class BestFitPacker implements Packer {
    private static final int BUFFERED_DOCUMENTS = 1000;

    private final DocumentSupply documents;
    private final TreeMap<Integer, ArrayDeque<TokenizedDocument>> byLength = new TreeMap<>();
    private int size;
    private long croppedTokens;

    BestFitPacker(DocumentSupply documents) {
        this.documents = documents;
    }

    @Override
    public int fill(int[] row) {
        int filled = 0;
        while (filled < row.length && refill()) {
            int left = row.length - filled;
            TokenizedDocument document = take(left);
            int taken = Math.min(document.length(), left);
            System.arraycopy(document.tokens(), 0, row, filled, taken);
            filled += taken;
            croppedTokens += document.length() - taken;
        }
        return filled;
    }

    /// Whether there is anything left to take.
    private boolean refill() {
        while (size < BUFFERED_DOCUMENTS) {
            Optional<TokenizedDocument> document = documents.next();
            if (document.isEmpty()) {
                break;
            }
            add(document.get());
        }
        return size > 0;
    }

    private void add(TokenizedDocument document) {
        byLength.computeIfAbsent(document.length(), _ -> new ArrayDeque<>(4)).add(document);
        size++;
    }

    /// Removes the largest document of at most `left` tokens, else the shortest one.
    private TokenizedDocument take(int left) {
        Map.Entry<Integer, ArrayDeque<TokenizedDocument>> fitting = byLength.floorEntry(left);
        Map.Entry<Integer, ArrayDeque<TokenizedDocument>> chosen = fitting != null ? fitting : byLength.firstEntry();
        TokenizedDocument document = chosen.getValue().remove();
        if (chosen.getValue().isEmpty()) {
            byLength.remove(chosen.getKey());
        }
        size--;
        return document;
    }

    @Override
    public List<DocumentPosition> buffered() {
        return byLength.values().stream().flatMap(ArrayDeque::stream).map(TokenizedDocument::position).toList();
    }

    @Override
    public List<Integer> consumed() {
        return List.of();
    }

    @Override
    public void restore(List<TokenizedDocument> buffered, List<Integer> consumed) {
        buffered.forEach(this::add);
    }

    @Override
    public long croppedTokens() {
        return croppedTokens;
    }
}
