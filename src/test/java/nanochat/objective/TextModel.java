package nanochat.objective;

import java.util.Arrays;
import nanochat.data.Batch;
import nanochat.model.Gpt;
import nanochat.model.GptConfig;
import nanochat.model.GptParameters;
import nanochat.tensor.Backend;
import nanochat.tensor.Backends;
import nanochat.tensor.DType;
import nanochat.tensor.Device;
import nanochat.tensor.RandomValues;
import nanochat.tensor.Tape;

/// A small model with random weights that has the tokens an objective adds, for texts of a vocabulary with nine special tokens at its end.
final class TextModel extends MovableModel {
    static final int VOCABULARY = 40;
    static final int FIRST_SPECIAL = VOCABULARY - 9;
    static final int BOS = FIRST_SPECIAL;

    final Gpt gpt;
    final Tape tape;
    private final ObjectiveChoice choice;
    private final int rows;
    private final int length;

    TextModel(Device device, ObjectiveChoice choice, int rows, int length) {
        this(Backends.open(device, 1, DType.F32), choice, rows, length);
    }

    private TextModel(Backend backend, ObjectiveChoice choice, int rows, int length) {
        super(backend, new GptParameters(GptConfig.ofDepth(2, 16, 16, length, VOCABULARY + choice.extraTokens(), "SL"), backend, DType.F32,
                true));
        this.choice = choice;
        this.rows = rows;
        this.length = length;
        gpt = new Gpt(parameters);
        tape = new Tape(backend, DType.F32);
    }

    /// With random weights, everything in use.
    TextModel drawn(long seed) {
        drawWeights(seed);
        return this;
    }

    /// How many of its tokens can be predicted.
    int predictable() {
        return choice.predictable(VOCABULARY);
    }

    Objective objective(long seed) {
        return choice.of(gpt, tape, rows, length, seed);
    }

    /// Random text: every row begins with bos, some have another bos on the way.
    static Batch text(long seed, int rows, int length) {
        RandomValues random = new RandomValues(seed);
        int[] inputs = new int[rows * length];
        int[] targets = new int[rows * length];
        for (int row = 0; row < rows; row++) {
            int[] tokens = random.ids(length + 1, 0, FIRST_SPECIAL);
            tokens[0] = BOS;
            tokens[random.between(1, length)] = random.pick(BOS, 3);
            System.arraycopy(tokens, 0, inputs, row * length, length);
            System.arraycopy(tokens, 1, targets, row * length, length);
        }
        return new Batch(rows, length, inputs, targets);
    }

    /// The same without text from position `from` of the last row on, as the last batch of an epoch.
    static Batch shortened(Batch batch, int from) {
        int[] inputs = batch.inputs().clone();
        int[] targets = batch.targets().clone();
        int lastRow = (batch.rows() - 1) * batch.length();
        Arrays.fill(inputs, lastRow + from, inputs.length, BOS);
        Arrays.fill(targets, lastRow + from - 1, targets.length, Batch.IGNORED);
        return new Batch(batch.rows(), batch.length(), inputs, targets);
    }

}
