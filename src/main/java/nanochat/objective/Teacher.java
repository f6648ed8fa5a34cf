package nanochat.objective;

import java.util.LinkedHashMap;
import java.util.SequencedMap;
import nanochat.data.Batch;
import nanochat.model.Gpt;
import nanochat.model.GptParameters;
import nanochat.model.ParameterNames;
import nanochat.tensor.Backend;
import nanochat.tensor.DType;
import nanochat.tensor.Tape;
import nanochat.tensor.Tensor;
import nanochat.tensor.Variable;

/// A model whose weights are a moving average of another's (docs/objectives.md#jepa). It begins as a copy, and is never trained.
final class Teacher {
    /// What the average keeps of itself in a step: I-JEPA's (arXiv 2301.08243). A quicker teacher soon forgets, with the model, which token is which.
    static final float MOMENTUM = 0.996f;

    private final GptParameters student;
    private final GptParameters parameters;
    private final ForwardPass forward;
    private final Backend backend;
    /// What the average keeps, and what it takes from the student.
    private final Tensor kept;
    private final Tensor taken;

    /// @param positions of the largest batch
    /// @param length of the longest row
    Teacher(Gpt gpt, Tape tape, int positions, int length) {
        student = gpt.parameters();
        backend = tape.backend();
        parameters = new GptParameters(gpt.config(), backend, tape.computeType(), false);
        parameters.all().forEach(own -> backend.convert(own.value(), student.named(own.name()).value()));
        parameters.refresh();
        forward = new ForwardPass(new Gpt(parameters, length), tape, positions);
        kept = backend.allocate(DType.F32, 1);
        taken = backend.allocate(DType.F32, 1);
        backend.write(kept, new float[]{MOMENTUM});
        backend.write(taken, new float[]{1 - MOMENTUM});
    }

    /// Moves towards the student, whose weights have just moved.
    void follow() {
        parameters.all().forEach(own -> backend.mix(own.value(), own.value(), student.named(own.name()).value(), kept, taken, 0));
        parameters.refresh();
    }

    /// What it makes of a batch, [N, C] in the compute type; good until the tape is cleared.
    Variable hidden(Batch batch, SpanMasking.Sight sight) {
        return switch (sight) {
            case BOTH_DIRECTIONS -> forward.hidden(batch, sight.ofRows(batch.length()));
            case CAUSAL -> forward.hidden(batch);
        };
    }

    /// Its weights have changed.
    void refresh() {
        parameters.refresh();
    }

    /// Its weights by name.
    SequencedMap<String, Tensor> state() {
        SequencedMap<String, Tensor> state = new LinkedHashMap<>();
        parameters.all().forEach(own -> state.put(ParameterNames.TEACHER + own.name(), own.value()));
        return state;
    }
}
