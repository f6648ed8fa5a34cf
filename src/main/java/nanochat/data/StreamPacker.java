package nanochat.data;

import java.util.List;
import java.util.Optional;

/// [Packing#STREAM]. Rows overlap by one token, the last target of one being the first input of the next, so every token is predicted once.
final class StreamPacker implements Packer {
    private final DocumentSupply documents;
    private Optional<TokenizedDocument> current = Optional.empty();
    private int consumed;

    StreamPacker(DocumentSupply documents) {
        this.documents = documents;
    }

    @Override
    public int fill(int[] row) {
        int filled = 0;
        while (filled < row.length && (hasTokens() || proceed())) {
            TokenizedDocument document = current.orElseThrow();
            int taken = Math.min(document.length() - consumed, row.length - filled);
            System.arraycopy(document.tokens(), consumed, row, filled, taken);
            filled += taken;
            consumed += taken;
        }
        if (filled == row.length) {
            consumed--;
            return filled;
        }
        // a single token is the last target of the row before: there is nothing to predict from it
        return filled > 1 ? filled : 0;
    }

    private boolean hasTokens() {
        return current.isPresent() && consumed < current.get().length();
    }

    private boolean proceed() {
        Optional<TokenizedDocument> next = documents.next();
        if (next.isPresent()) {
            current = next;
            consumed = 0;
        }
        return next.isPresent();
    }

    @Override
    public List<DocumentPosition> buffered() {
        return current.map(TokenizedDocument::position).stream().toList();
    }

    @Override
    public List<Integer> consumed() {
        return current.map(_ -> consumed).stream().toList();
    }

    @Override
    public void restore(List<TokenizedDocument> buffered, List<Integer> consumedOfFirst) {
        current = buffered.stream().findFirst();
        consumed = consumedOfFirst.stream().findFirst().orElse(0);
    }

    @Override
    public long croppedTokens() {
        return 0;
    }
}
