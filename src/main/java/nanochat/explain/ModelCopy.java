package nanochat.explain;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import nanochat.checkpoint.ModelChoice;
import nanochat.checkpoint.SafeTensors;
import nanochat.checkpoint.StoredTensors;
import nanochat.data.Batch;
import nanochat.model.Gpt;
import nanochat.model.GptParameters;
import nanochat.objective.NextToken;
import nanochat.optim.MuonAdamW;
import nanochat.optim.OptimizerSettings;
import nanochat.optim.ParameterGroup;
import nanochat.optim.ParameterGroups;
import nanochat.optim.ScheduleValues;
import nanochat.tensor.Backend;
import nanochat.tensor.Backends;
import nanochat.tensor.DType;
import nanochat.tensor.Device;
import nanochat.tensor.Parameter;
import nanochat.tensor.Tape;
import nanochat.tensor.Tensor;

/// A copy of a subject's model with an optimizer, to be trained: the subject stays as it is. What it takes is given back when it is closed.
final class ModelCopy implements AutoCloseable {
    private final Subject subject;
    private final Backend backend;
    private final GptParameters parameters;
    private final List<ParameterGroup> groups;
    private final MuonAdamW optimizer;
    private final boolean resumed;

    /// Where the checkpoint has kept what its optimizer remembered, the copy goes on with that.
    ModelCopy(Subject subject, OptimizerSettings settings) {
        this.subject = subject;
        backend = Backends.open(Device.CPU, subject.threads(), DType.F32);
        parameters = new GptParameters(subject.config(), backend, DType.F32, true);
        for (Parameter parameter : parameters.all()) {
            backend.write(parameter.value(), valuesBefore(parameter));
        }
        parameters.refresh();
        groups = ParameterGroups.of(parameters, settings);
        optimizer = new MuonAdamW(backend, groups);
        Optional<ModelChoice> kept = subject.choice().filter(choice -> choice.checkpoints().hasOptimizer(choice.step()));
        kept.ifPresent(this::readMoments);
        resumed = kept.isPresent();
    }

    private void readMoments(ModelChoice choice) {
        try (SafeTensors moments = choice.checkpoints().openOptimizer(choice.step())) {
            StoredTensors.read(moments, backend, optimizer.state());
        }
        optimizer.resumeAfter(choice.step());
    }

    Backend backend() {
        return backend;
    }

    GptParameters parameters() {
        return parameters;
    }

    List<ParameterGroup> groups() {
        return groups;
    }

    /// Whether the optimizer goes on with what it remembered.
    boolean isResumed() {
        return resumed;
    }

    /// What the optimizer remembers of a matrix's gradients.
    float[] momentum(Parameter matrix) {
        Tensor momentum = optimizer.state().get(matrix.name() + ".momentum");
        if (momentum == null) {
            throw new IllegalArgumentException(matrix + " is not updated by Muon");
        }
        return backend.read(momentum);
    }

    /// What was found while gradients gathered for a step.
    ///
    /// @param loss of all batches, the mean
    /// @param each the gradient of one matrix for each batch alone
    record Gathered(double loss, List<float[]> each) {}

    /// Gathers the gradients of some batches, as the micro-batches of one step.
    Gathered gather(List<Batch> batches, Parameter watched) {
        Batch shape = batches.getFirst();
        NextToken objective = new NextToken(new Gpt(parameters, shape.length()), new Tape(backend, DType.F32), shape.rows(), shape
                .length());
        List<float[]> each = new ArrayList<>();
        float[] sum = new float[Math.toIntExact(watched.gradient().size())];
        for (Batch batch : batches) {
            objective.addGradients(batch, batches.size());
            float[] more = backend.read(watched.gradient());
            float[] alone = new float[more.length];
            for (int i = 0; i < more.length; i++) {
                alone[i] = (more[i] - sum[i]) * batches.size();
            }
            each.add(alone);
            sum = more;
        }
        return new Gathered(objective.takeLoss(), each);
    }

    /// The root mean square of a gradient.
    double gradientSize(Parameter parameter) {
        return rootMeanSquare(backend.read(parameter.gradient()));
    }

    void step(ScheduleValues schedule) {
        optimizer.step(schedule);
    }

    float[] valuesBefore(Parameter parameter) {
        return subject.backend().read(subject.parameters().named(parameter.name()).value());
    }

    /// The root mean square of how a parameter has changed.
    double change(Parameter parameter) {
        float[] before = valuesBefore(parameter);
        float[] change = backend.read(parameter.value());
        for (int i = 0; i < change.length; i++) {
            change[i] -= before[i];
        }
        return rootMeanSquare(change);
    }

    static double rootMeanSquare(float[] values) {
        double squares = 0;
        for (float value : values) {
            squares += (double) value * value;
        }
        return Math.sqrt(squares / values.length);
    }

    @Override
    public void close() {
        backend.close();
    }
}
