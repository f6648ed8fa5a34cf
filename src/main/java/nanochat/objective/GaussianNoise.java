package nanochat.objective;

import java.util.Arrays;
import java.util.SplittableRandom;

/// Gaussian noise in the space of codes (docs/objectives.md#gaussian-diffusion). Every token has a code e on the unit sphere, at random and the same for
/// all models of a vocabulary. What is seen of it at the signal-to-noise ratio s is s e + sqrt(s) noise: its product with a code is the logarithm of that
/// token's likelihood, up to what all tokens have in common, for they are equally long.
///
/// The mask stands for the case that there is nothing but noise, which is held for as likely as all tokens together. Its likelihood hangs on the ratio
/// alone, and so has a channel of its own.
final class GaussianNoise {
    /// In which there is noise.
    private static final int CHANNELS = 31;
    /// And the mask's.
    static final int WIDTH = CHANNELS + 1;
    /// Of a token that is known: no other code is near enough to be taken for its own.
    static final double CERTAIN = 1e4;
    private static final long SEED = 42;

    private final int vocabulary;
    private final float[] codes;

    /// @param vocabulary of the tokenizer, V
    GaussianNoise(int vocabulary) {
        this.vocabulary = vocabulary;
        codes = new float[(vocabulary + 1) * WIDTH];
        SplittableRandom random = new SplittableRandom(SEED);
        for (int token = 0; token < vocabulary; token++) {
            double[] direction = new double[CHANNELS];
            Arrays.setAll(direction, _ -> random.nextGaussian());
            double length = Math.sqrt(Arrays.stream(direction).map(value -> value * value).sum());
            for (int channel = 0; channel < CHANNELS; channel++) {
                codes[token * WIDTH + channel] = (float) (direction[channel] / length);
            }
        }
        codes[vocabulary * WIDTH + CHANNELS] = 1;
    }

    /// Of all tokens and, behind them, the mask: [V + 1, D].
    float[] codes() {
        return codes.clone();
    }

    /// The signal-to-noise ratio at a level: evenly drawn levels spend half of the draws below ln V, where a token's own evidence says about half of what
    /// there is to know of it.
    ///
    /// @param level from 0 (nothing but noise) up to, not including, 1
    double ratio(double level) {
        return Math.min(CERTAIN, Math.log(vocabulary) * level / (1 - level));
    }

    /// What missing a code by a squared distance of 1 costs at a ratio, in nats, when levels are drawn evenly: half of the ratio's rise with the level.
    double cost(double ratio) {
        double half = Math.log(vocabulary);
        return (half + ratio) * (half + ratio) / (2 * half);
    }

    /// Sees more of a token: from one ratio to a higher one. What was seen before stays true, noise and all.
    ///
    /// @param evidence [N, D], zero where nothing was seen
    void observe(float[] evidence, int position, int token, double from, double to, SplittableRandom random) {
        observe(evidence, position, token, from, to, 1, random);
    }

    /// The same with another variance than that of what is really seen, in parts of that.
    void observe(float[] evidence, int position, int token, double from, double to, double variance, SplittableRandom random) {
        int first = position * WIDTH;
        double deviation = Math.sqrt(variance * (to - from));
        for (int channel = 0; channel < CHANNELS; channel++) {
            evidence[first + channel] += (float) ((to - from) * codes[token * WIDTH + channel] + deviation * random.nextGaussian());
        }
        // ln of (1/2) N(noise) over (1/2V) N(a token's), up to what all have in common
        evidence[first + CHANNELS] = (float) (to / 2 + Math.log(vocabulary));
    }

    /// |e - mean|^2 of a position's token.
    ///
    /// @param means [N, D]
    double missed(float[] means, int position, int token) {
        double sum = 0;
        for (int channel = 0; channel < WIDTH; channel++) {
            double difference = codes[token * WIDTH + channel] - means[position * WIDTH + channel];
            sum += difference * difference;
        }
        return sum;
    }
}
