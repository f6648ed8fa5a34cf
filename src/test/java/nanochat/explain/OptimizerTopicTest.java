package nanochat.explain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import nanochat.checkpoint.ModelChoice;
import nanochat.checkpoint.ModelStage;
import nanochat.model.GptParameters;
import nanochat.tensor.Backend;
import nanochat.tensor.Backends;
import nanochat.tensor.DType;
import nanochat.tensor.Device;
import nanochat.tensor.PolarExpress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What Muon promises, on matrices of known strengths and on a small run of pretraining.
class OptimizerTopicTest {
    /// By hand: 8.16 s - 22.48 s³ + 15.88 s⁵ at 1/2, and the band that five steps of Polar Express are made for.
    @Test
    void whatLiesBetweenAThousandthAndOneEndsNearOne() {
        assertThat(PolarExpress.STEPS.getFirst().of(0.5)).isCloseTo(1.7640775, within(1e-6));
        PolarExpress.Band band = PolarExpress.band(0.001);
        assertThat(band.lowest()).isBetween(0.858, 0.859);
        assertThat(band.highest()).isBetween(1.141, 1.142);
        assertThat(PolarExpress.afterAll(0.0001)).isLessThan(band.lowest());
    }

    /// The backend's own Muon against what the polynomials make of the singular values, worked out apart from it.
    @ParameterizedTest
    @CsvSource({"CPU, 48, 48", "CPU, 96, 24", "CPU, 24, 96", "CPU, 129, 64", "REFERENCE, 24, 16", "REFERENCE, 9, 20"})
    void theStepOfARandomGradientIsWhatThePolynomialsSay(Device device, int rows, int columns) {
        SplittableRandom random = new SplittableRandom(7L * rows + columns);
        float[] gradient = new float[rows * columns];
        for (int i = 0; i < gradient.length; i++) {
            gradient[i] = (float) (random.nextGaussian() * 1e-4 * (1 + i % columns));
        }
        try (Backend backend = Backends.open(device, 1, DType.F32)) {
            MuonTrial trial = MuonTrial.of(backend, gradient, rows, columns);
            int strong = trial.strongerThan(0.001);
            assertThat(strong).isBetween(Math.min(rows, columns) - 2, Math.min(rows, columns));
            assertThat(trial.apart()).isLessThan(1e-3);
            assertThat(trial.strongAreWithin(PolarExpress.band(0.001), 0.001, 1e-3)).isTrue();
            assertThat(trial.strongAreWithin(new PolarExpress.Band(2, 3), 0.001, 1e-3)).isFalse();
            assertThat(MuonTrial.fromOrthogonal(trial.measured())).isLessThan(0.3).isLessThan(MuonTrial.fromOrthogonal(trial.gradient()));
        }
    }

    @Test
    void theScheduleIsThatOfTheRunAndTheModelStaysAsItWas(@TempDir Path folder) {
        ModelChoice choice = SmallPretraining.run(folder, "d2", 2, 7);
        assertThat(choice.stage()).isEqualTo(ModelStage.BASE);
        try (Subject subject = Subject.of(choice, List.of("One document of my own.", "And another one, a little longer than that."), 1)) {
            float[] before = valuesOf(subject.parameters());
            Explanation page = explain(subject, Map.of("rows", "2", "matrix", "mlp_proj", "layer", "1"));
            assertThat(page.claims()).allMatch(Explanation.Claim::ok).extracting(Explanation.Claim::name).contains(
                    "schedule_is_that_of_the_run", "momentum_is_this_average", "every_step_has_its_size");
            assertThat(page.figures()).containsEntry("iterations", 7.0).containsEntry("directions", 32.0);
            double steps = Objects.requireNonNull(page.figures().get("step_range"));
            assertThat(steps).isCloseTo(2, within(0.02)); // of all matrices one kind is four times as wide as it is high
            assertThat(valuesOf(subject.parameters())).isEqualTo(before);
        }
    }

    private static Explanation explain(Subject subject, Map<String, String> chosen) {
        Topic topic = Topics.named("optimizer");
        Messages messages = Messages.of(topic.name(), Language.EN);
        Explanation page = new Explanation(messages, subject.name(messages));
        topic.explain(subject, new Knobs(topic, chosen), page);
        return page;
    }

    private static float[] valuesOf(GptParameters parameters) {
        return parameters.backend().read(parameters.layer(1).mlpProj().value());
    }
}
