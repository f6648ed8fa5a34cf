package nanochat.objective;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import nanochat.data.Batch;
import nanochat.model.Gpt;
import nanochat.tensor.DType;
import nanochat.tensor.Evidence;
import nanochat.tensor.Tape;
import nanochat.tensor.Tensor;
import nanochat.tensor.Variable;
import nanochat.tensor.Visibility;

/// The losses of objectives as their formulas say them (docs/objectives.md): row by row, from the logits of whole rows, on the reference backend.
final class PlainLosses {
    private final TextModel model;

    PlainLosses(TextModel model) {
        this.model = model;
    }

    /// -ln p of a token at each position of a row.
    interface Surprise {
        double at(int position, int token);
    }

    Surprise surprise(int[] row, Visibility sight) {
        IntFunction<Visibility> everywhere = _ -> sight;
        Gpt seeing = new Gpt(model.parameters, row.length, false, everywhere);
        Tensor ids = model.backend.allocate(DType.I32, row.length);
        int vocabulary = model.predictable();
        Tensor logits = model.backend.allocate(DType.F32, row.length, vocabulary);
        model.backend.write(ids, row);
        seeing.logits(new Tape(model.backend, DType.F32), logits, ids, 1, row.length);
        float[] values = model.backend.read(logits);
        return (position, token) -> {
            double sum = 0;
            for (int other = 0; other < vocabulary; other++) {
                sum += Math.exp(values[position * vocabulary + other]);
            }
            return Math.log(sum) - values[position * vocabulary + token];
        };
    }

    /// (1/M) sum of -ln p(x_i | the row without the M hidden tokens), i hidden; a token is hidden where the question has the mask.
    double masked(Batch text, Corrupted corrupted) {
        List<Double> losses = new ArrayList<>();
        for (int r = 0; r < text.rows(); r++) {
            int[] question = row(corrupted.question().inputs(), r, text.length());
            Surprise surprise = surprise(question, new Visibility.BothDirections());
            for (int i = 0; i < question.length; i++) {
                if (question[i] == TextModel.VOCABULARY) {
                    losses.add(surprise.at(i, text.inputs()[r * text.length() + i]));
                }
            }
        }
        return losses.stream().mapToDouble(loss -> loss).average().orElseThrow();
    }

    /// (1/sum of L_r) sum over rows of (L_r/l_r) sum of -ln p(x_i | the row without its l_r hidden tokens).
    double diffusion(Batch text, Corrupted corrupted) {
        double sum = 0;
        int tokens = 0;
        for (int r = 0; r < text.rows(); r++) {
            int[] question = row(corrupted.question().inputs(), r, text.length());
            int length = text.length() - 1;
            tokens += length;
            Surprise surprise = surprise(question, new Visibility.BothDirections());
            double hidden = Arrays.stream(question).filter(token -> token == TextModel.VOCABULARY).count();
            for (int i = 0; i < question.length; i++) {
                if (question[i] == TextModel.VOCABULARY) {
                    sum += length / hidden * surprise.at(i, text.inputs()[r * text.length() + i]);
                }
            }
        }
        return sum / tokens;
    }

    /// The mean of -ln p(x_i | what is seen of all), p in proportion to e^(logit + evidence * code); what is read of a position is the mean of the
    /// embeddings, each as likely as e^(evidence * code) says.
    double gaussian(NoisyText text) {
        Batch question = text.question();
        int width = GaussianNoise.WIDTH;
        float[] codes = new GaussianNoise(TextModel.VOCABULARY).codes();
        Tensor codesOnDevice = model.backend.allocate(DType.F32, TextModel.VOCABULARY + 1, width);
        Tensor vectors = model.backend.allocate(DType.F32, question.inputs().length, width);
        Tensor ids = model.backend.allocate(DType.I32, question.inputs().length);
        Tensor logits = model.backend.allocate(DType.F32, question.inputs().length, TextModel.VOCABULARY);
        model.backend.write(codesOnDevice, codes);
        model.backend.write(vectors, text.evidence());
        int[] masks = new int[question.inputs().length];
        Arrays.fill(masks, TextModel.VOCABULARY);
        model.backend.write(ids, masks);
        Variable x = model.gpt.hidden(model.tape, Gpt.Pass.ofEvidence(model.gpt.config(), ids, new Evidence(vectors, codesOnDevice),
                question
                        .rows(), question.length()));
        model.backend.logits(logits, x.value(), model.parameters.lmHead().compute());
        float[] values = model.backend.read(logits);
        List<Double> losses = new ArrayList<>();
        for (int i = 0; i < question.inputs().length; i++) {
            int position = i;
            int target = question.targets()[i];
            if (target != Batch.IGNORED) {
                double[] scores = IntStream.range(0, TextModel.VOCABULARY).mapToDouble(token -> values[position * TextModel.VOCABULARY
                        + token]
                        + IntStream.range(0, width).mapToDouble(c -> (double) text.evidence()[position * width + c] * codes[token * width
                                + c]).sum()).toArray();
                double largest = Arrays.stream(scores).max().orElseThrow();
                losses.add(largest + Math.log(Arrays.stream(scores).map(score -> Math.exp(score - largest)).sum()) - scores[target]);
            }
        }
        return losses.stream().mapToDouble(loss -> loss).average().orElseThrow();
    }

    /// The mean of -ln p(x_i | the prefix of p tokens, x_p..x_i-1) over i from p to T.
    double prefix(Batch text, List<Integer> lengths) {
        List<Double> losses = new ArrayList<>();
        for (int r = 0; r < text.rows(); r++) {
            Surprise surprise = surprise(row(text.inputs(), r, text.length()), new Visibility.Prefix(List.of(lengths.get(r))));
            for (int i = lengths.get(r); i <= text.length(); i++) {
                losses.add(surprise.at(i - 1, text.targets()[r * text.length() + i - 1]));
            }
        }
        return losses.stream().mapToDouble(loss -> loss).average().orElseThrow();
    }

    /// The mean of -ln p(target | the prefix, the targets before it), of questions that are prefixes and what follows them.
    double following(Batch question, List<Integer> prefixes) {
        List<Double> losses = new ArrayList<>();
        for (int r = 0; r < question.rows(); r++) {
            int[] row = row(question.inputs(), r, question.length());
            for (int i = 0; i < row.length; i++) {
                int target = question.targets()[r * question.length() + i];
                if (target != Batch.IGNORED) {
                    losses.add(surprise(Arrays.copyOf(row, i + 1), new Visibility.Prefix(List.of(prefixes.get(r)))).at(i, target));
                }
            }
        }
        return losses.stream().mapToDouble(loss -> loss).average().orElseThrow();
    }

    private static int[] row(int[] all, int row, int length) {
        return Arrays.copyOfRange(all, row * length, (row + 1) * length);
    }
}
