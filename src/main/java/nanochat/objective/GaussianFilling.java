package nanochat.objective;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import nanochat.io.BadInputException;
import nanochat.model.Gpt;
import nanochat.model.GptParameters;
import nanochat.tensor.DType;
import nanochat.tensor.Tape;
import nanochat.tensor.Variable;

/// Fills the blanks of a text by a model of gaussian diffusion, all at once (docs/objectives.md#gaussian-diffusion): from nothing but noise, evidence gathers
/// for what the model takes the blanks for, step by step. Not for several threads.
public final class GaussianFilling {
    private final NoisyForwardPass forward;
    private final GaussianNoise noise;
    private final int mask;
    private final int longest;

    /// How blanks are filled.
    ///
    /// @param steps passes over the text
    /// @param temperature at which each step draws the tokens that it sees more of, and the share of noise in that; 0: always the likeliest, without noise
    /// @param seed of noise and draws
    public record Manner(int steps, double temperature, long seed) {
        public static final int DEFAULT_STEPS = 32;

        public Manner {
            if (steps < 1 || !(temperature >= 0 && temperature < Double.POSITIVE_INFINITY)) {
                throw new IllegalArgumentException(steps + " steps at temperature " + temperature);
            }
        }
    }

    /// @param parameters of a model with a mask behind its tokenizer's tokens
    /// @param compute the type of matrix products
    /// @param longest text in tokens
    public GaussianFilling(GptParameters parameters, DType compute, int longest) {
        mask = parameters.config().vocabularySize() - 1;
        this.longest = longest;
        noise = new GaussianNoise(mask);
        forward = new NoisyForwardPass(new Gpt(parameters, longest), new Tape(parameters.backend(), compute), longest, noise);
    }

    /// The id that stands for a blank.
    public int mask() {
        return mask;
    }

    /// The text with its blanks filled. Where no blank tells of another, a text is drawn at temperature 1 with the probability that the model gives to it,
    /// in any number of steps.
    ///
    /// @param text with [#mask()] where a token is missing
    /// @throws BadInputException when it is too long
    public int[] fill(int[] text, Manner manner) {
        if (text.length > longest) {
            throw new BadInputException("The text has " + text.length + " tokens, blanks included; at most " + longest + " are possible");
        }
        int[] filled = text.clone();
        int[] blanks = IntStream.range(0, text.length).filter(i -> text[i] == mask).toArray();
        if (blanks.length == 0) {
            return filled;
        }
        SplittableRandom random = new SplittableRandom(manner.seed);
        float[] evidence = new float[text.length * GaussianNoise.WIDTH];
        for (int i = 0; i < text.length; i++) {
            boolean blank = text[i] == mask;
            noise.observe(evidence, i, blank ? 0 : text[i], 0, blank ? 0 : GaussianNoise.CERTAIN, random);
        }
        double ratio = 0;
        for (int step = 1; step <= manner.steps; step++) {
            double[][] opinions = opinions(evidence, blanks);
            double next = noise.ratio((double) step / manner.steps);
            for (int i = 0; i < blanks.length; i++) {
                filled[blanks[i]] = Infilling.chosen(opinions[i], manner.temperature, random);
                noise.observe(evidence, blanks[i], filled[blanks[i]], ratio, next, manner.temperature, random);
            }
            ratio = next;
        }
        return filled;
    }

    /// Of every token in each blank, the logarithm of its probability.
    private double[][] opinions(float[] evidence, int[] blanks) {
        Variable x = forward.hidden(evidence, 1);
        double[][] all = forward.logProbabilities(x, blanks[0], blanks[blanks.length - 1] + 1);
        forward.tape().clear();
        return Arrays.stream(blanks).mapToObj(blank -> all[blank - blanks[0]]).toArray(double[][]::new);
    }
}
