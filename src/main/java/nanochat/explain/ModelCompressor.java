package nanochat.explain;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import nanochat.engine.InferenceGpt;
import nanochat.engine.KvCache;
import nanochat.engine.Sequence;
import nanochat.tokenizer.SpecialToken;
import nanochat.tokenizer.Tokenizer;

/// A language model as a compressor: it says how likely each token is after those before it, and an arithmetic coder spends -log2 of that on it
/// (docs/formulas.md#compression). Packing reads the whole text in one pass, as training does; unpacking finds token after token, as a chat does, with
/// the cache. An f32 engine gives both the same logits bit for bit, without which the text would be lost after the first token that differs.
///
/// The text ends with bos, as documents do in training. Text beyond the model's context is read in windows that overlap by half.
///
/// @param gpt of f32 weights
record ModelCompressor(InferenceGpt gpt, Tokenizer tokenizer) {
    /// A text packed.
    ///
    /// @param tokens of the text, with the one that ends it
    /// @param surprise the sum of -log2 p over them, in bits: what a perfect coder would need
    record Packed(byte[] bytes, int tokens, double surprise) {}

    Packed pack(String text) {
        int bos = tokenizer.id(SpecialToken.BOS);
        int[] symbols = IntStream.concat(Arrays.stream(tokenizer.encode(text)), IntStream.of(bos)).toArray();
        ArithmeticEncoder encoder = new ArithmeticEncoder();
        double[] surprise = new double[1];
        try (KvCache cache = gpt.newCache()) {
            Sequence sequence = cache.newSequence();
            for (int done = 0; done < symbols.length;) {
                int start = windowStart(done);
                int first = done;
                int end = Math.min(symbols.length, start + gpt.maximumLength());
                sequence.truncate(0);
                gpt.score(sequence, window(bos, symbols, start, end - 1), (index, logits, row) -> {
                    if (start + index >= first) {
                        int symbol = symbols[start + index];
                        TokenFrequencies.of(logits, row).encode(symbol, encoder);
                        surprise[0] -= logits.logProbability(row, symbol) / Math.log(2);
                    }
                });
                done = end;
            }
        }
        return new Packed(encoder.finish(), symbols.length, surprise[0]);
    }

    String unpack(byte[] packed) {
        int bos = tokenizer.id(SpecialToken.BOS);
        ArithmeticDecoder decoder = new ArithmeticDecoder(packed);
        List<Integer> found = new ArrayList<>();
        try (KvCache cache = gpt.newCache()) {
            Sequence sequence = cache.newSequence();
            while (true) {
                int start = windowStart(found.size());
                int[] read = window(bos, found.stream().mapToInt(Integer::intValue).toArray(), start, found.size());
                sequence.truncate(0);
                gpt.prefill(sequence, read, 0, read.length);
                while (true) {
                    int symbol = TokenFrequencies.of(gpt.logits(), 0).decode(decoder);
                    if (symbol == bos) {
                        return tokenizer.decode(found.stream().mapToInt(Integer::intValue).toArray());
                    }
                    found.add(symbol);
                    if (sequence.room() == 0) {
                        break;
                    }
                    gpt.decode(new Sequence[]{sequence}, new int[]{symbol}, 1);
                }
            }
        }
    }

    /// The first token of the window that predicts token number `done`: beyond the first window, half of it is what was before.
    private int windowStart(int done) {
        return done == 0 ? 0 : Math.max(0, done - gpt.maximumLength() / 2);
    }

    private static int[] window(int bos, int[] symbols, int start, int end) {
        return IntStream.concat(IntStream.of(bos), Arrays.stream(symbols, start, end)).toArray();
    }
}
