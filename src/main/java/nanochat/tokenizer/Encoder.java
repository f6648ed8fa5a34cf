package nanochat.tokenizer;

/// Encodes text after text without making garbage: its buffers are reused. For one thread; every thread that encodes much should hold
/// its own, from [Tokenizer#encoder()].
///
/// Memory: less than 1 MiB, and besides, during a text, 3 bytes per character of its longest stretch without the end of a word and 60 bytes per
/// byte of its longest piece.
public final class Encoder {
    private final TokenTable table;
    private final PieceMerger merger;
    private final PieceCache cache = new PieceCache();
    private final PieceScanner scanner = new PieceScanner();

    Encoder(TokenTable table, PairTable pairs) {
        this.table = table;
        this.merger = new PieceMerger(pairs);
    }

    /// Hands the tokens of `text` to `sink`, in order, while reading it: never a special token, whatever the text spells. A surrogate without
    /// its partner is encoded as U+FFFD.
    public void encode(CharSequence text, TokenSink sink) {
        scanner.reset(text);
        while (scanner.next()) {
            encodePiece(scanner.bytes(), scanner.start(), scanner.end(), sink);
        }
    }

    /// Encodes `bytes[start..end)` as one piece; `bytes` must go on for eight bytes after `end`.
    void encodePiece(byte[] bytes, int start, int end, TokenSink sink) {
        long fingerprint = Fingerprint.of(bytes, start, end);
        int whole = table.id(bytes, start, end, fingerprint);
        if (whole != TokenTable.ABSENT) {
            sink.accept(whole);
            return;
        }
        if (cache.emit(bytes, start, end, fingerprint, sink)) {
            return;
        }
        int count = merger.merge(bytes, start, end);
        for (int i = 0; i < count; i++) {
            sink.accept(merger.token(i));
        }
        cache.put(bytes, start, end, fingerprint, merger, count);
    }
}
