package nanochat.explain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import nanochat.checkpoint.ModelChoice;
import nanochat.io.BaseDirectory;
import nanochat.model.Flops;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Runs of a moment, found in their base directory.
class ScalingTopicTest {
    @Test
    void aPowerLawIsFoundInWhatFollowsIt() {
        PowerLaw law = PowerLaw.fit(new double[]{1, 10, 100}, new double[]{4, 2, 1});
        assertThat(law.factor()).isCloseTo(4, within(1e-9));
        assertThat(law.exponent()).isCloseTo(-Math.log10(2), within(1e-9));
        assertThat(law.worst()).isLessThan(1e-9);
        assertThat(law.at(1000)).isCloseTo(0.5, within(1e-9));
        assertThat(PowerLaw.fit(new double[]{1, 10, 100}, new double[]{4, 3, 1}).worst()).isGreaterThan(0.1);
    }

    @Test
    void theRunsOfTheMachineAreOnTheCurve(@TempDir Path folder) {
        SmallPretraining.run(folder, "d2", 2, 4);
        SmallPretraining.run(folder, "d3", 3, 12);
        ModelChoice largest = SmallPretraining.run(folder, "d4", 4, 40);
        List<MeasuredRun> runs = MeasuredRun.beside(new BaseDirectory(folder));
        assertThat(runs).extracting(MeasuredRun::name).containsExactly("d2", "d3", "d4");
        assertThat(runs).allSatisfy(run -> assertThat(run.bitsPerByte()).isBetween(1.0, 12.0));
        try (Subject subject = Subject.of(largest, List.of(), 1)) {
            double flops = runs.getLast().flops();
            assertThat(flops).isEqualTo(40.0 * 64 * Flops.perToken(subject.config()));
            Messages messages = Messages.of("scaling", Language.EN);
            Explanation page = new Explanation(messages, subject.name(messages));
            Topic topic = Topics.named("scaling");
            topic.explain(subject, new Knobs(topic, Map.of("depth", "2")), page);
            assertThat(page.claims()).allMatch(Explanation.Claim::ok).extracting(Explanation.Claim::name).containsExactly(
                    "flops_as_counted", "steps_make_the_tokens", "more_compute_less_loss");
            assertThat(page.figures()).containsEntry("runs", 3.0).containsEntry("runs_found", 3.0);
            assertThat(Objects.requireNonNull(page.figures().get("exponent"))).isNegative();
        }
    }
}
