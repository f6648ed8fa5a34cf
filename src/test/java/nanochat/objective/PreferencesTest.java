package nanochat.objective;

import static nanochat.objective.SampledModel.LENGTH;
import static nanochat.objective.SampledModel.ROWS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Map;
import nanochat.data.Batch;
import nanochat.objective.PreferenceLoss.Kind;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Gradients of preferences. Oracles: the formulas worked here, central differences.
class PreferencesTest {
    private final SampledModel model = new SampledModel();
    private final Batch batch = SampledModel.batch();

    @AfterEach
    void close() {
        model.close();
    }

    private double[] now() {
        return Preferences.sums(batch, model.logProbabilities.of(batch));
    }

    private PreferenceStatistics step(PreferenceLoss loss, AnswerPairs pairs) {
        Preferences objective = new Preferences(model.logProbabilities, loss);
        objective.addGradients(pairs, pairs.count());
        return objective.takeStatistics();
    }

    private static int tokens(Batch batch, int row) {
        return (int) Arrays.stream(batch.targets(), row * LENGTH, (row + 1) * LENGTH).filter(target -> target != Batch.IGNORED).count();
    }

    @Test
    void atTheReferenceNothingIsPreferredYet() {
        PreferenceStatistics found = step(new PreferenceLoss(Kind.DPO, 0.1), new AnswerPairs(batch, 2, now()));
        assertThat(found.loss()).isCloseTo(Math.log(2), within(1e-12));
        assertThat(found.accuracy()).isEqualTo(0.5);
        assertThat(found.margin()).isZero();
        assertThat(found.pairs()).isEqualTo(2);
    }

    /// By hand: the log-probabilities have moved by 3 and 1 in the first pair, and by -2 and 2 in the second.
    @Test
    void rewardsAreWhatWasGainedOverTheReference() {
        double[] reference = now();
        double[] moved = {3, 1, -2, 2};
        for (int row = 0; row < ROWS; row++) {
            reference[row] -= moved[row];
        }
        PreferenceStatistics found = step(new PreferenceLoss(Kind.DPO, 0.5), new AnswerPairs(batch, 2, reference));
        assertThat(found.accuracy()).isEqualTo(0.5);
        assertThat(found.margin()).isCloseTo(0.5 * (2 - 4) / 2, within(1e-9));
        assertThat(found.chosenReward()).isCloseTo(0.5 * (3 - 2) / 2, within(1e-9));
        assertThat(found.rejectedReward()).isCloseTo(0.5 * (1 + 2) / 2, within(1e-9));
        assertThat(found.loss()).isCloseTo((Math.log1p(Math.exp(-1)) + Math.log1p(Math.exp(2))) / 2, within(1e-9));

        double first = 3.0 / tokens(batch, 0) - 1.0 / tokens(batch, 1);
        double second = -2.0 / tokens(batch, 2) - 2.0 / tokens(batch, 3);
        assertThat(step(new PreferenceLoss(Kind.DPO_NORM, 0.5), new AnswerPairs(batch, 2, reference)).margin()).isCloseTo(0.5 * (first
                + second)
                / 2, within(1e-9));
        assertThat(step(new PreferenceLoss(Kind.IPO, 0.5), new AnswerPairs(batch, 2, reference)).loss()).isCloseTo((Math.pow(first - 1, 2)
                + Math.pow(second - 1, 2)) / 2, within(1e-9));
    }

    @Test
    void gradientsAreThoseOfCentralDifferences() {
        for (Kind kind : Kind.values()) {
            PreferenceLoss loss = new PreferenceLoss(kind, 0.4);
            double[] reference = now();
            for (int row = 0; row < ROWS; row++) {
                reference[row] += 0.3 * row - 0.5;
            }
            AnswerPairs pairs = new AnswerPairs(batch, 2, reference);
            model.takeGradients();
            step(loss, pairs);
            Map<String, float[]> gradient = model.takeGradients();
            double squares = SampledModel.squares(gradient);
            double distance = 2e-3 / Math.sqrt(squares);
            model.move(gradient, distance);
            double above = step(loss, pairs).loss();
            model.move(gradient, -2 * distance);
            double below = step(loss, pairs).loss();
            model.move(gradient, distance);
            assertThat((above - below) / (2 * distance) / squares).as("%s", kind).isCloseTo(1, within(1e-2));
        }
    }

    @Test
    void measuringAddsNoGradientAndFindsTheSame() {
        double[] reference = now();
        reference[1] += 1;
        AnswerPairs pairs = new AnswerPairs(batch, 2, reference);
        Preferences objective = new Preferences(model.logProbabilities, new PreferenceLoss(Kind.DPO, 0.1));
        objective.measure(pairs);
        PreferenceStatistics measured = objective.takeStatistics();
        model.takeGradients().values().forEach(gradient -> assertThat(gradient).containsOnly(0f));
        assertThat(measured).isEqualTo(step(new PreferenceLoss(Kind.DPO, 0.1), pairs));
        assertThat(objective.takeStatistics()).as("taken").isEqualTo(new PreferenceStatistics(0, 0, 0, 0, 0, 0, 0));
    }

    @Test
    void answersWithoutATokenAddNothingAndNoNaN() {
        Batch empty = SampledModel.withoutTargets(batch);
        for (Kind kind : Kind.values()) {
            PreferenceStatistics found = step(new PreferenceLoss(kind, 1), new AnswerPairs(empty, 2, new double[ROWS]));
            assertThat(found.loss()).isFinite();
            assertThat(found.accuracy()).isEqualTo(0.5);
            model.takeGradients().values().forEach(gradient -> assertThat(gradient).containsOnly(0f));
        }
        assertThatIllegalArgumentException().isThrownBy(() -> new AnswerPairs(SampledModel.rows(batch, 0, 3), 2, new double[3]));
    }
}
