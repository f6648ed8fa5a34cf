package nanochat.engine;

import java.lang.foreign.Arena;
import java.util.SplittableRandom;
import nanochat.engine.kernel.Kernels;
import nanochat.engine.kernel.Rows;

/// Draws from the softmax of the logits, cut as [Sampling] says. Allocates nothing per token.
final class RandomSampler implements Sampler {
    private static final int BLOCK = 1024;

    private final Sampling settings;
    private final SplittableRandom random;
    /// e^((logit - largest) / temperature).
    private final Rows weights;
    /// The tokens that may still be drawn: the bits of the weight above the complement of the token, so that larger means likelier and of
    /// equally likely tokens the first one.
    private final long[] candidates;

    RandomSampler(Sampling settings, int vocabularySize, long seed, int stream) {
        this.settings = settings;
        this.random = new SplittableRandom(new SplittableRandom(seed).nextLong() + stream * 0x9E3779B97F4A7C15L);
        this.weights = Rows.allocate(Arena.ofAuto(), 1, vocabularySize);
        this.candidates = new long[vocabularySize];
    }

    @Override
    public int sample(Rows logits, int row) {
        int vocabulary = logits.width();
        long address = logits.address(row);
        float largest = logits.get(row, Kernels.argmax(address, vocabulary));
        Kernels.exp(address, weights.address(0), vocabulary, largest, (float) (1 / settings.temperature()));
        if (settings.topK() == 0 && settings.topP() == 1 && settings.minP() == 0) {
            return drawFromAll(vocabulary);
        }
        int count = settings.topK() > 0 && settings.topK() < vocabulary ? collectLikeliest(vocabulary) : collectLikelyEnough(vocabulary);
        return settings.topP() < 1 ? drawFromNucleus(count) : drawFromCandidates(count);
    }

    /// Finds the block that the draw falls into by the sums of blocks, then the token.
    private int drawFromAll(int vocabulary) {
        long address = weights.address(0);
        double total = 0;
        for (int first = 0; first < vocabulary; first += BLOCK) {
            total += Kernels.sum(address + 4L * first, Math.min(BLOCK, vocabulary - first));
        }
        double left = random.nextDouble() * total;
        for (int first = 0; first < vocabulary; first += BLOCK) {
            float block = Kernels.sum(address + 4L * first, Math.min(BLOCK, vocabulary - first));
            if (left < block) {
                for (int token = first; token < Math.min(first + BLOCK, vocabulary); token++) {
                    left -= weights.get(0, token);
                    if (left < 0) {
                        return token;
                    }
                }
            } else {
                left -= block;
            }
        }
        return Kernels.argmax(address, vocabulary); // rounding left nothing over
    }

    /// The tokens that min-p keeps, as candidates in order of their ids.
    private int collectLikelyEnough(int vocabulary) {
        int count = 0;
        for (int token = 0; token < vocabulary; token++) {
            float weight = weights.get(0, token);
            if (weight >= settings.minP()) {
                candidates[count++] = key(weight, token);
            }
        }
        return count;
    }

    /// The top-k tokens that min-p keeps, as candidates in the order of a heap with the least likely on top.
    private int collectLikeliest(int vocabulary) {
        int count = 0;
        float enough = (float) settings.minP();
        for (int token = 0; token < vocabulary; token++) {
            float weight = weights.get(0, token);
            if (weight < enough) {
                continue;
            }
            if (count < settings.topK()) {
                candidates[count++] = key(weight, token);
                if (count == settings.topK()) {
                    heapify(count);
                    enough = Math.max(enough, weight(candidates[0]));
                }
            } else if (key(weight, token) > candidates[0]) {
                candidates[0] = key(weight, token);
                siftDown(0, count);
                enough = Math.max(enough, weight(candidates[0]));
            }
        }
        return count;
    }

    private int drawFromCandidates(int count) {
        double left = random.nextDouble() * mass(count);
        for (int i = 0; i < count; i++) {
            left -= weight(candidates[i]);
            if (left < 0) {
                return token(candidates[i]);
            }
        }
        return token(candidates[count - 1]);
    }

    /// Takes candidates off a heap with the likeliest on top until they have the share top-p of the mass, and draws among those taken.
    private int drawFromNucleus(int count) {
        double enough = settings.topP() * mass(count);
        for (int i = 0; i < count; i++) {
            candidates[i] = ~candidates[i];
        }
        heapify(count);
        double taken = 0;
        int left = count;
        while (left > 0 && taken < enough) {
            long likeliest = candidates[0];
            taken += weight(~likeliest);
            left--;
            candidates[0] = candidates[left];
            candidates[left] = ~likeliest;
            siftDown(0, left);
        }
        double draw = random.nextDouble() * taken;
        for (int i = count - 1; i > left; i--) {
            draw -= weight(candidates[i]);
            if (draw < 0) {
                return token(candidates[i]);
            }
        }
        return token(candidates[left]);
    }

    private double mass(int count) {
        double mass = 0;
        for (int i = 0; i < count; i++) {
            mass += weight(candidates[i]);
        }
        return mass;
    }

    private void heapify(int size) {
        for (int i = size / 2 - 1; i >= 0; i--) {
            siftDown(i, size);
        }
    }

    /// Restores the heap, smallest on top, below place `i`.
    private void siftDown(int i, int size) {
        long moving = candidates[i];
        int place = i;
        while (2 * place + 1 < size) {
            int child = 2 * place + 1;
            if (child + 1 < size && candidates[child + 1] < candidates[child]) {
                child++;
            }
            if (candidates[child] >= moving) {
                break;
            }
            candidates[place] = candidates[child];
            place = child;
        }
        candidates[place] = moving;
    }

    private static long key(float weight, int token) {
        return (long) Float.floatToRawIntBits(weight) << 32 | Integer.MAX_VALUE - token;
    }

    private static float weight(long key) {
        return Float.intBitsToFloat((int) (key >>> 32));
    }

    private static int token(long key) {
        return Integer.MAX_VALUE - (int) key;
    }
}
