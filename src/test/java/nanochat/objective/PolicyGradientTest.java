package nanochat.objective;

import static nanochat.objective.SampledModel.LENGTH;
import static nanochat.objective.SampledModel.ROWS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import nanochat.data.Batch;
import nanochat.model.Gpt;
import nanochat.objective.PolicyLoss.Surrogate;
import nanochat.tensor.DType;
import nanochat.tensor.Tape;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Gradients of losses that are made of log-probabilities. Oracles: the formulas summed here, gradients of single tokens, central differences.
class PolicyGradientTest {
    private static final Surrogate PLAIN = new Surrogate.LogProbability();
    private static final Surrogate CLIP = new Surrogate.ClippedRatio(0.2, 0.28);

    private final SampledModel model = new SampledModel();
    private final Batch batch = SampledModel.batch();

    @AfterEach
    void close() {
        model.close();
    }

    private static float[] alike(float value) {
        float[] values = new float[ROWS * LENGTH];
        Arrays.fill(values, value);
        return values;
    }

    private static float[] random(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] values = new float[ROWS * LENGTH];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextDouble(-1.5, 1.5);
        }
        return values;
    }

    private Rollouts rollouts(float[] advantages) {
        return new Rollouts(batch, advantages, new double[]{0.1, 0.2, 0.05, 0.3}, model.near(batch, 1, 0.4), Optional.of(model.near(batch,
                2,
                0.6)));
    }

    private PolicyStatistics step(PolicyLoss loss, Rollouts... parts) {
        PolicyGradient objective = new PolicyGradient(model.logProbabilities, loss);
        for (Rollouts part : parts) {
            objective.addGradients(part);
        }
        return objective.takeStatistics();
    }

    @Test
    void logProbabilitiesAreCrossEntropiesWithTheirSignTurned() {
        float[] losses = new NextToken(new Gpt(model.parameters), new Tape(model.backend, DType.F32), ROWS, LENGTH).losses(batch);
        float[] found = model.logProbabilities.of(batch);
        for (int i = 0; i < found.length; i++) {
            assertThat(found[i]).isEqualTo(batch.targets()[i] == Batch.IGNORED ? 0f : -losses[i]);
        }
        assertThat(model.logProbabilities.of(SampledModel.rows(batch, 2, 3))).as("of a smaller batch")
                .containsExactly(Arrays.copyOfRange(found, 2 * LENGTH, 3 * LENGTH), within(1e-5f));
    }

    /// dL = sum of dL/dp dp, with the dp of one token at a time.
    @Test
    void aGradientIsTheSumOfItsTokensGradientsTimesTheirSlopes() {
        float[] slopes = random(5);
        model.logProbabilities.addGradients(batch, slopes);
        Map<String, float[]> all = model.takeGradients();
        for (int i = 0; i < slopes.length; i++) {
            float[] one = new float[slopes.length];
            one[i] = 1;
            model.logProbabilities.addGradients(batch, one);
            Map<String, float[]> single = model.takeGradients();
            for (Map.Entry<String, float[]> entry : all.entrySet()) {
                for (int k = 0; k < entry.getValue().length; k++) {
                    entry.getValue()[k] -= slopes[i] * single.get(entry.getKey())[k];
                }
            }
        }
        all.forEach((name, rest) -> {
            for (float value : rest) {
                assertThat(value).as(name).isCloseTo(0, within(2e-4f));
            }
        });
    }

    @Test
    void theLossIsTheFormulaAndItsGradientThatOfCentralDifferences() {
        for (PolicyLoss loss : List.of(new PolicyLoss(PLAIN, 0), new PolicyLoss(PLAIN, 0.3), new PolicyLoss(CLIP, 0), new PolicyLoss(CLIP,
                0.3))) {
            Rollouts rollouts = rollouts(random(6));
            float[] now = model.logProbabilities.of(batch);
            double expected = 0;
            for (int i = 0; i < now.length; i++) {
                if (batch.targets()[i] != Batch.IGNORED) {
                    expected += rollouts.shares()[i / LENGTH] * loss.at(now[i], rollouts.oldLogProbabilities()[i],
                            rollouts.referenceLogProbabilities().orElseThrow()[i], rollouts.advantages()[i]);
                }
            }
            assertThat(step(loss, rollouts).loss()).isCloseTo(expected, within(1e-12));
            checkAgainstCentralDifferences(() -> step(loss, rollouts).loss());
        }
    }

    /// Along the gradient itself a small step changes the loss by the square of the gradient's norm.
    private void checkAgainstCentralDifferences(Supplier<Double> loss) {
        model.takeGradients();
        loss.get();
        Map<String, float[]> gradient = model.takeGradients();
        double squares = SampledModel.squares(gradient);
        double step = 2e-3 / Math.sqrt(squares);
        model.move(gradient, step);
        double above = loss.get();
        model.move(gradient, -2 * step);
        double below = loss.get();
        model.move(gradient, step);
        assertThat((above - below) / (2 * step) / squares).isCloseTo(1, within(1e-2));
    }

    @Test
    void aStepIsTheSameInOneMicroBatchAndInSeveral() {
        PolicyLoss loss = new PolicyLoss(CLIP, 0.3);
        Rollouts whole = rollouts(random(6));
        PolicyStatistics ofWhole = step(loss, whole);
        Map<String, float[]> gradient = model.takeGradients();
        PolicyStatistics ofParts = step(loss, part(whole, 0, 1), part(whole, 1, 4));
        Map<String, float[]> inParts = model.takeGradients();
        gradient.forEach((name, values) -> assertThat(inParts.get(name)).as(name).containsExactly(values, within(1e-5f)));
        assertThat(ofParts.loss()).isCloseTo(ofWhole.loss(), within(1e-6));
        assertThat(ofParts.entropy()).isCloseTo(ofWhole.entropy(), within(1e-5));
    }

    private static Rollouts part(Rollouts whole, int from, int to) {
        return new Rollouts(SampledModel.rows(whole.batch(), from, to), Arrays.copyOfRange(whole.advantages(), from * LENGTH, to * LENGTH),
                Arrays.copyOfRange(whole.shares(), from, to), Arrays.copyOfRange(whole.oldLogProbabilities(), from * LENGTH, to * LENGTH),
                whole.referenceLogProbabilities().map(each -> Arrays.copyOfRange(each, from * LENGTH, to * LENGTH)));
    }

    @Test
    void equalRewardsAndRowsWithoutATokenAddExactlyNothing() {
        for (Surrogate surrogate : List.of(PLAIN, CLIP)) {
            PolicyLoss loss = new PolicyLoss(surrogate, 0);
            assertThat(step(loss, rollouts(alike(0))).loss()).isZero();
            model.takeGradients().values().forEach(gradient -> assertThat(gradient).containsOnly(0f));

            Rollouts rollouts = rollouts(alike(1));
            Rollouts masked = new Rollouts(SampledModel.withoutTargets(batch), rollouts.advantages(), rollouts.shares(), rollouts
                    .oldLogProbabilities(), rollouts.referenceLogProbabilities());
            PolicyStatistics nothing = step(new PolicyLoss(surrogate, 0.3), masked);
            assertThat(nothing).isEqualTo(new PolicyStatistics(0, 0, 0, Optional.empty(), 0, 0, 0, 0));
            model.takeGradients().values().forEach(gradient -> assertThat(gradient).containsOnly(0f));
        }
    }

    /// The products with lm_head are made for all that is needed, and for no more.
    @Test
    void theModelIsRunOncePerMicroBatch() {
        Rollouts rollouts = rollouts(random(6));
        model.calls.reset();
        step(new PolicyLoss(PLAIN, 0), rollouts);
        assertThat(List.of(model.calls.of("embedding"), model.calls.of("crossEntropy"), model.calls.of("crossEntropyWithGradient")))
                .as("a loss that is linear in log-probabilities").containsExactly(1, 0, 1);
        model.calls.reset();
        step(new PolicyLoss(CLIP, 0.3), rollouts);
        assertThat(List.of(model.calls.of("embedding"), model.calls.of("crossEntropy"), model.calls.of("crossEntropyWithGradient")))
                .as("one that is not").containsExactly(1, 1, 1);
        model.calls.reset();
        step(new PolicyLoss(PLAIN, 0), rollouts(alike(0)));
        assertThat(model.calls.of("crossEntropyWithGradient")).isZero();
    }

    /// Two tokens: one whose ratio is exp(0.5) with a positive advantage, which is clipped, one whose ratio is exp(-0.1).
    @Test
    void statisticsAreMeansOverTheTokens() {
        int[] targets = new int[ROWS * LENGTH];
        Arrays.fill(targets, Batch.IGNORED);
        targets[3] = 5;
        targets[20] = 9;
        Batch two = new Batch(ROWS, LENGTH, batch.inputs(), targets);
        float[] now = model.logProbabilities.of(two);
        float[] old = now.clone();
        old[3] -= 0.5f;
        old[20] += 0.1f;
        float[] reference = now.clone();
        reference[3] -= 1;
        PolicyStatistics found = step(new PolicyLoss(CLIP, 0), new Rollouts(two, alike(1), new double[]{1, 1, 1, 1}, old, Optional.of(
                reference)));
        assertThat(found.tokens()).isEqualTo(2);
        assertThat(found.entropy()).isCloseTo(-(now[3] + now[20]) / 2, within(1e-5));
        assertThat(found.ratio()).isCloseTo((Math.exp(0.5) + Math.exp(-0.1)) / 2, within(1e-5));
        assertThat(found.clipped()).isEqualTo(0.5);
        assertThat(found.gap()).isCloseTo(0.3, within(1e-6));
        assertThat(found.largestGap()).isCloseTo(0.5, within(1e-6));
        assertThat(found.divergence().orElseThrow()).as("half of 1/e").isCloseTo(Math.exp(-1) / 2, within(1e-5));
        assertThat(found.loss()).isCloseTo(-1.28 - Math.exp(-0.1), within(1e-5));
    }

    @Test
    void whatDoesNotFitTogetherIsRefused() {
        Rollouts rollouts = rollouts(alike(1));
        Rollouts free = new Rollouts(batch, rollouts.advantages(), rollouts.shares(), rollouts.oldLogProbabilities(), Optional.empty());
        assertThatIllegalArgumentException().isThrownBy(() -> step(new PolicyLoss(CLIP, 0.1), free)).withMessageContaining("reference");
        assertThatIllegalArgumentException().isThrownBy(() -> new Rollouts(batch, new float[3], rollouts.shares(), rollouts
                .oldLogProbabilities(), Optional.empty()));
        assertThatIllegalArgumentException().isThrownBy(() -> model.logProbabilities.of(new Batch(5, LENGTH, new int[5 * LENGTH],
                new int[5 * LENGTH]))).withMessageContaining("40");
    }
}
