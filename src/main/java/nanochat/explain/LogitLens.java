package nanochat.explain;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import nanochat.model.Places;
import nanochat.tensor.Backend;
import nanochat.tensor.DType;
import nanochat.tensor.Tensor;

/// What a model would say if it stopped early: the last norm and lm_head applied to the residual stream in front of every layer, and to what they are really
/// applied to (nostalgebraist, "interpreting GPT: the logit lens", 2020).
///
/// @param stages in front of layer 1, 2, ..., and after the last one; each with what it says after every token
/// @param model what the model itself says
record LogitLens(List<Predictions> stages, Predictions model) {
    static LogitLens of(Subject subject, int[] tokens) {
        int layers = subject.config().layers();
        List<String> places = IntStream.range(0, layers).mapToObj(layer -> Places.Block.of(layer).input()).toList();
        float[][] seen = new float[layers + 1][];
        Predictions model = Predictions.of(subject, tokens, (place, values) -> {
            int stage = place.equals(Places.FINAL_NORM) ? layers : places.indexOf(place);
            if (stage >= 0) {
                seen[stage] = subject.backend().read(values);
            }
        });
        Lens lens = new Lens(subject, tokens);
        List<Predictions> stages = new ArrayList<>();
        for (int stage = 0; stage <= layers; stage++) {
            stages.add(lens.look(seen[stage], stage == layers));
        }
        return new LogitLens(stages, model);
    }

    /// The memory that all stages use.
    private static final class Lens {
        private final Subject subject;
        private final int[] tokens;
        private final Tensor stream;
        private final Tensor normed;
        private final Tensor inverseRms;
        private final Tensor logits;

        Lens(Subject subject, int[] tokens) {
            this.subject = subject;
            this.tokens = tokens;
            Backend backend = subject.backend();
            stream = backend.allocate(DType.F32, tokens.length, subject.config().embedding());
            normed = backend.allocate(DType.F32, tokens.length, subject.config().embedding());
            inverseRms = backend.allocate(DType.F32, tokens.length);
            logits = backend.allocate(DType.F32, tokens.length, subject.config().vocabularySize());
        }

        Predictions look(float[] values, boolean alreadyNormed) {
            Backend backend = subject.backend();
            backend.write(stream, values);
            if (!alreadyNormed) {
                backend.norm(normed, inverseRms, stream);
            }
            backend.logits(logits, alreadyNormed ? stream : normed, subject.parameters().lmHead().compute());
            float[] flat = backend.read(logits);
            int vocabulary = subject.config().vocabularySize();
            float[][] byPosition = IntStream.range(0, tokens.length).mapToObj(i -> Arrays.copyOfRange(flat, i * vocabulary, (i + 1)
                    * vocabulary)).toArray(float[][]::new);
            return new Predictions(tokens, byPosition);
        }
    }
}
