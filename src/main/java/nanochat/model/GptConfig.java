package nanochat.model;

import java.util.function.Predicate;
import nanochat.io.BadInputException;
import nanochat.io.Setting;
import nanochat.tensor.Backend;

/// The shape of a GPT (docs/formulas.md#model). All sizes in elements.
///
/// @param sequenceLength T, the longest row the model is trained on
/// @param vocabularySize V, before padding
/// @param layers L
/// @param heads query heads
/// @param kvHeads key and value heads; divides `heads`
/// @param embedding C, the width of the residual stream
/// @param windowPattern letters L (whole context) and S (a quarter of it), tiled over the layers; the last layer is always L
/// @param generation which of the two architectures
public record GptConfig(int sequenceLength, int vocabularySize, int layers, int heads, int kvHeads, int embedding,
        String windowPattern, Generation generation) {

    /// The two generations of the original that load and run.
    public enum Generation {
        /// November 2025: plain residual stream, no value embeddings, no windows, rotary base 10000 with bfloat16 tables.
        G2025_11(10_000, true, 1f),
        /// July 2026, the default: smear, residual lambdas, value embeddings, backout, sliding windows, padded vocabulary.
        G2026_07(100_000, false, 1.2f);

        private final double rotaryBase;
        private final boolean roundsRotaryAngles;
        private final float queryKeyScale;

        Generation(double rotaryBase, boolean roundsRotaryAngles, float queryKeyScale) {
            this.rotaryBase = rotaryBase;
            this.roundsRotaryAngles = roundsRotaryAngles;
            this.queryKeyScale = queryKeyScale;
        }

        /// The generation of a model that has the parameters whose names `has` accepts: a checkpoint does not tell it otherwise.
        public static Generation of(Predicate<String> has) {
            return has.test(ParameterNames.RESID_LAMBDAS) ? G2026_07 : G2025_11;
        }

        /// Base of the rotary embedding's frequencies.
        public double rotaryBase() {
            return rotaryBase;
        }

        /// Whether cosines and sines of the rotary embedding are rounded to bfloat16.
        public boolean roundsRotaryAngles() {
            return roundsRotaryAngles;
        }

        /// The root mean square that queries and keys are normed to.
        public float queryKeyScale() {
            return queryKeyScale;
        }
    }

    /// The window pattern by which every layer sees the whole row.
    public static final String WHOLE_CONTEXT = "L";

    /// The largest sizes whose products still fit the indices of a tensor; no machine has the memory for them.
    private static final int MOST_LAYERS = 1024;
    private static final int WIDEST = 1 << 16;
    private static final int LONGEST_ROW = 1 << 22;
    private static final int LARGEST_VOCABULARY = 1 << 24;

    public GptConfig {
        if (sequenceLength > LONGEST_ROW) {
            throw BadInputException.about("%s must be at most %d, is %d", new Setting("max_seq_len"), LONGEST_ROW, sequenceLength);
        }
        check(layers <= MOST_LAYERS && embedding <= 2 * WIDEST,
                "n_layer must be at most " + MOST_LAYERS + " and n_embd at most " + 2 * WIDEST + ", are " + layers + " and " + embedding);
        check(sequenceLength >= 1, "sequence_len must be at least 1, is " + sequenceLength);
        check(vocabularySize >= 1 && vocabularySize <= LARGEST_VOCABULARY,
                "vocab_size must be at least 1 and at most " + LARGEST_VOCABULARY + ", is " + vocabularySize);
        check(layers >= 1, "n_layer must be at least 1, is " + layers);
        check(heads >= 1 && embedding >= 1 && embedding % heads == 0,
                "n_embd " + embedding + " must be a multiple of n_head " + heads);
        check((embedding / heads) % 2 == 0, "the head size n_embd / n_head = " + embedding / heads + " must be even");
        check(kvHeads >= 1 && heads % kvHeads == 0, "n_kv_head " + kvHeads + " must divide n_head " + heads);
        check(generation == Generation.G2025_11 || embedding >= Backend.SMEAR_CHANNELS,
                "n_embd must be at least " + Backend.SMEAR_CHANNELS + " (the smear gate reads as many channels)");
        check(windowPattern.matches("[SLsl]+"), "window_pattern must be letters S and L, is '" + windowPattern + "'");
    }

    private static void check(boolean valid, String message) {
        if (!valid) {
            throw new BadInputException("Model configuration: " + message);
        }
    }

    /// The model that one dial sets: C = depth * aspectRatio rounded up to a multiple of headSize, L = depth, one kv head per query head.
    ///
    /// @param depth number of layers
    /// @param aspectRatio width per layer, 64 by default
    /// @param headSize D, 128 by default
    public static GptConfig ofDepth(int depth, int aspectRatio, int headSize, int sequenceLength, int vocabularySize,
            String windowPattern) {
        check(depth >= 1 && aspectRatio >= 1 && headSize >= 1, "depth " + depth + ", aspect ratio " + aspectRatio
                + " and head size " + headSize + " must all be at least 1");
        long width = (long) depth * aspectRatio;
        if (depth > MOST_LAYERS || width > WIDEST || headSize > WIDEST) {
            throw BadInputException.about(
                    "A model of %s %d, %s %d and %s %d is too large: at most %d layers and a width (the product of the"
                            + " first two) of %d are possible", new Setting("depth"), depth, new Setting("aspect_ratio"), aspectRatio,
                    new Setting("head_dim"),
                    headSize, MOST_LAYERS, WIDEST);
        }
        int heads = Math.ceilDiv((int) width, headSize);
        return new GptConfig(sequenceLength, vocabularySize, depth, heads, heads, heads * headSize, windowPattern, Generation.G2026_07);
    }

    /// D.
    public int headSize() {
        return embedding / heads;
    }

    /// Width of the keys (and of the values) of one token.
    public int kvWidth() {
        return kvHeads * headSize();
    }

    /// Width of the hidden layer of a block.
    public int hiddenWidth() {
        return 4 * embedding;
    }

    /// Rows of the embedding tables and of lm_head: V rounded up to a multiple of 64 (2026-07), V itself (2025-11).
    public int paddedVocabularySize() {
        return generation == Generation.G2025_11 ? vocabularySize : (vocabularySize + 63) / 64 * 64;
    }

    /// Whether layer `layer` mixes a value embedding into its values.
    public boolean hasValueEmbedding(int layer) {
        return generation == Generation.G2026_07 && layer % 2 == (layers - 1) % 2;
    }

    /// w: a token at t sees the keys t-w..t of layer `layer`. T for a whole-context layer.
    public int window(int layer) {
        if (generation == Generation.G2025_11 || layer == layers - 1) {
            return sequenceLength;
        }
        char letter = Character.toUpperCase(windowPattern.charAt(layer % windowPattern.length()));
        return letter == 'L' ? sequenceLength : (sequenceLength + 4 * 128 - 1) / (4 * 128) * 128;
    }

    /// The layer after which the residual stream is kept for the backout.
    public int backoutLayer() {
        return layers / 2;
    }
}
