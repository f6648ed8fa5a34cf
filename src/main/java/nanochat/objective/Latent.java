package nanochat.objective;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;
import java.util.SequencedMap;
import nanochat.data.Batch;
import nanochat.model.Gpt;
import nanochat.tensor.DType;
import nanochat.tensor.Tape;
import nanochat.tensor.Tensor;
import nanochat.tensor.Variable;

/// Predicting what a slowly moving teacher makes of hidden spans (docs/objectives.md#jepa). The teacher reads the whole text, the model the text with
/// its spans hidden; what the model has at a hidden position shall point where the teacher's does. Micro-batches are of one shape.
///
/// Targets and losses are computed on the host: some numbers a position beside the millions of operations that made each of them.
final class Latent implements Objective {
    private final ForwardPass forward;
    private final Teacher teacher;
    private final SpanMasking masking;
    private final double weight;
    private final StepDraws draws;
    private final int width;
    private final LatentTargets standardization;
    private final boolean[] text;
    private final Tensor values;
    private final Tensor gradient;
    private final float[] targets;
    private final float[] predictions;
    private final float[] losses;
    private double lossSum;
    private double varianceSum;
    private Optional<RepresentationStatistics> statistics = Optional.empty();

    /// @param rows B
    /// @param length T
    /// @param weight of its gradients; its losses are told without it
    /// @param seed of what is hidden, with the step and the micro-batch
    Latent(Gpt gpt, Tape tape, int rows, int length, SpanMasking masking, double weight, long seed) {
        this.masking = masking;
        this.weight = weight;
        draws = new StepDraws(seed);
        int positions = rows * length;
        width = gpt.config().embedding();
        forward = new ForwardPass(gpt, tape, positions);
        teacher = new Teacher(gpt, tape, positions, length);
        standardization = new LatentTargets(width);
        text = new boolean[positions];
        values = tape.backend().allocate(DType.F32, positions, width);
        gradient = tape.backend().allocate(DType.F32, positions, width);
        targets = new float[Math.multiplyExact(positions, width)];
        predictions = new float[positions * width];
        losses = new float[positions];
    }

    @Override
    public void beginStep(int step) {
        draws.begin(step);
    }

    @Override
    public void addGradients(Batch batch, int microSteps) {
        Corrupted corrupted = masking.of(batch, draws.next());
        int count = corrupted.question().validTargets();
        if (count == 0) {
            return;
        }
        varianceSum += teach(batch) / microSteps;
        Variable x = predict(corrupted);
        lossSum += sum(corrupted) / count / microSteps;
        // of 1 - x.y / sqrt(C), where x is a row of mean square 1 and y one of length 1
        float scale = (float) (-weight / Math.sqrt(width) / count / microSteps);
        for (int i = 0; i < text.length; i++) {
            boolean asked = corrupted.question().targets()[i] != Batch.IGNORED;
            for (int channel = i * width; channel < (i + 1) * width; channel++) {
                targets[channel] = asked ? scale * targets[channel] : 0;
            }
        }
        forward.backend().copyIn(gradient, MemorySegment.ofArray(targets));
        forward.tape().startFrom(x, gradient);
        forward.tape().backward();
    }

    /// Fills the targets.
    ///
    /// @return the variance of the teacher's representation
    private double teach(Batch batch) {
        copyOut(teacher.hidden(batch, masking.sight()), targets);
        forward.tape().clear();
        Arrays.fill(text, false);
        for (int row = 0; row < batch.rows(); row++) {
            text[row * batch.length()] = true;
            Arrays.stream(RowText.positions(batch, row)).forEach(i -> text[i] = true);
        }
        return standardization.standardize(targets, text);
    }

    /// Fills the predictions.
    private Variable predict(Corrupted corrupted) {
        Variable x = switch (masking.sight()) {
            case BOTH_DIRECTIONS -> forward.hidden(corrupted.question(), corrupted.sight());
            case CAUSAL -> forward.hidden(corrupted.question()); // in the windows of its layers
        };
        copyOut(x, predictions);
        return x;
    }

    private void copyOut(Variable x, float[] to) {
        forward.backend().convert(values, x.value());
        forward.backend().copyOut(values, MemorySegment.ofArray(to));
    }

    /// Fills the losses.
    private double sum(Corrupted corrupted) {
        double sum = 0;
        for (int i = 0; i < losses.length; i++) {
            losses[i] = 0;
            if (corrupted.question().targets()[i] != Batch.IGNORED) {
                double product = 0;
                for (int channel = i * width; channel < (i + 1) * width; channel++) {
                    product += (double) predictions[channel] * targets[channel];
                }
                double loss = 1 - product / Math.sqrt(width);
                losses[i] = (float) loss;
                sum += loss;
            }
        }
        return sum;
    }

    @Override
    public double takeLoss() {
        double loss = lossSum;
        statistics = Optional.of(new RepresentationStatistics(lossSum, varianceSum));
        lossSum = 0;
        varianceSum = 0;
        draws.end();
        return loss;
    }

    @Override
    public void afterUpdate() {
        teacher.follow();
    }

    @Override
    public SequencedMap<String, Tensor> state() {
        return teacher.state();
    }

    @Override
    public void stateRead() {
        teacher.refresh();
    }

    @Override
    public Optional<RepresentationStatistics> representation() {
        return statistics;
    }

    @Override
    public float[] losses(Batch batch) {
        teach(batch);
        Corrupted corrupted = measured(batch);
        predict(corrupted);
        forward.tape().clear();
        sum(corrupted);
        return losses;
    }

    @Override
    public int[] scored(Batch batch) {
        return measured(batch).scored();
    }

    private Corrupted measured(Batch batch) {
        return masking.of(batch, Draws.of(batch));
    }

    @Override
    public Likelihood likelihood() {
        return Likelihood.NONE;
    }
}
