package nanochat.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import nanochat.compare.Findings.Standing;
import nanochat.io.BadInputException;
import nanochat.io.Json;
import nanochat.objective.ObjectiveChoice;
import nanochat.train.RunEvent;
import nanochat.train.StopSignal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// A comparison spends the same on every objective, finds the same whether it was interrupted or not, and asks for nothing twice.
class ComparisonTest {
    private static final double FLOPS = 2e9;

    @TempDir
    private Path folder;

    private Comparison comparison(String name, int seeds) {
        return new Comparison(SmallComparison.setup(folder.resolve(name), SmallComparison.KINDS, SmallComparison.conditions(FLOPS, List.of(
                0.5, 1.0)), seeds), new StopSignal());
    }

    @Test
    void everyObjectiveCostsTheSameAndIsMeasuredInItsOwnKind() {
        Comparison comparison = comparison("a", 2);
        assertThat(comparison.run()).isTrue();
        Findings findings = comparison.findings();
        assertThat(findings.standings()).extracting(Standing::objective).isEqualTo(SmallComparison.KINDS);
        assertThat(findings.standings()).allSatisfy(standing -> {
            assertThat(standing.runs()).hasSize(2).allSatisfy(run -> {
                assertThat(run.outcome().flops()).isBetween(0.95 * FLOPS, 1.05 * FLOPS);
                assertThat(run.outcome().curve()).hasSizeGreaterThan(2);
                assertThat(run.outcome().curve().getLast().value()).isLessThan(run.outcome().curve().getFirst().value());
            });
            assertThat(standing.sweep()).hasSizeGreaterThanOrEqualTo(2).allSatisfy(tried -> assertThat(tried.flops()).isBetween(0.45
                    * FLOPS, 0.55 * FLOPS));
            double lowest = standing.sweep().stream().mapToDouble(Outcome::value).min().orElseThrow();
            double chosen = standing.runs().getFirst().outcome().rate();
            assertThat(standing.sweep()).anySatisfy(tried -> {
                assertThat(tried.rate()).isEqualTo(chosen);
                assertThat(tried.value()).isEqualTo(lowest);
            });
        });
        Standing exact = findings.standings().get(0);
        Standing hidden = findings.standings().get(1);
        Standing bounded = findings.standings().get(2);
        assertThat(exact.bitsPerByte()).hasValueSatisfying(bits -> assertThat(bits.mean()).isBetween(1.0, 8.0));
        assertThat(exact.bitsPerByte().orElseThrow().count()).isEqualTo(2);
        assertThat(exact.bound()).isEmpty();
        assertThat(bounded.bound()).isPresent();
        assertThat(bounded.bitsPerByte()).isEmpty();
        assertThat(hidden.bitsPerByte()).isEmpty();
        assertThat(hidden.bound()).isEmpty();
        assertThat(hidden.loss()).isPresent();
        assertThat(exact.runs().get(0).heldOut()).as("another seed, another model").isNotEqualTo(exact.runs().get(1).heldOut());
    }

    @Test
    void whatWasInterruptedFindsTheSame() throws Exception {
        Comparison whole = comparison("whole", 1);
        whole.run();
        int interruptions = 0;
        for (boolean finished = false; !finished; interruptions++) {
            StopSignal stop = new StopSignal();
            AtomicInteger steps = new AtomicInteger();
            finished = new Comparison(SmallComparison.setup(folder.resolve("parts"), SmallComparison.KINDS, SmallComparison.conditions(
                    FLOPS, List.of(0.5, 1.0)), 1), stop, event -> {
                        if (event instanceof RunEvent.Stepped && steps.incrementAndGet() == 130) {
                            stop.request();
                        }
                    }).run();
            assertThat(interruptions).isLessThan(100);
        }
        assertThat(interruptions).as("interruptions").isGreaterThan(2);
        assertThat(measured("parts")).isEqualTo(measured("whole"));
    }

    /// All that does not hang on the clock.
    private List<Object> measured(String name) {
        Findings findings = Findings.read(folder.resolve(name), SmallComparison.KINDS, 1);
        return findings.standings().stream().<Object>flatMap(standing -> Stream.concat(standing.runs().stream().map(
                Findings.Run::heldOut), Stream.concat(standing.sweep().stream(), standing.runs().stream().map(
                        Findings.Run::outcome)).map(outcome -> List.of(outcome.rate(), outcome.curve().stream().map(point -> List.of(point
                                .step(), point.value())).toList())))).toList();
    }

    @Test
    void whatIsKnownIsNotAskedForAgain() throws Exception {
        comparison("again", 1).run();
        byte[] before = Files.readAllBytes(folder.resolve("again").resolve(Ledger.FILE_NAME));
        AtomicInteger events = new AtomicInteger();
        Comparison again = new Comparison(SmallComparison.setup(folder.resolve("again"), SmallComparison.KINDS, SmallComparison.conditions(
                FLOPS, List.of(0.5, 1.0)), 1), new StopSignal(), _ -> events.incrementAndGet());
        assertThat(again.run()).isTrue();
        assertThat(events).hasValue(0);
        assertThat(Files.readAllBytes(folder.resolve("again").resolve(Ledger.FILE_NAME))).isEqualTo(before);
    }

    @Test
    void otherConditionsAreAnotherComparison() {
        List<ObjectiveChoice> one = List.of(ObjectiveChoice.nextToken());
        new Comparison(SmallComparison.setup(folder.resolve("c"), one, SmallComparison.conditions(FLOPS, List.of(1.0)), 1),
                new StopSignal())
                .run();
        assertThatThrownBy(() -> new Comparison(SmallComparison.setup(folder.resolve("c"), one, SmallComparison.conditions(3e9, List.of(
                1.0)), 1), new StopSignal())).isInstanceOf(BadInputException.class).hasMessageContaining("other conditions");
    }

    @Test
    void theSummaryHasTheFieldsThatAreDocumented() {
        Comparison comparison = comparison("json", 1);
        comparison.run();
        JsonNode summary = Json.LINE.readTree(Json.line(comparison.summary(true)));
        JsonNode first = summary.path("objectives").path(0);
        assertThat(first.path("name").asString()).isEqualTo("next-token");
        assertThat(first.path("seeds").asInt()).isEqualTo(1);
        for (String field : List.of("flops", "seconds", "tokens_per_second", "bits_per_byte")) {
            assertThat(first.path(field).isNumber()).as(field).isTrue();
        }
        assertThat(summary.path("objectives").path(2).path("bound").isNumber()).isTrue();
        assertThat(summary.path("objectives").path(2).path("bits_per_byte").isNumber()).isFalse();
    }

    @Test
    void tooFewFlopsAreRefused() {
        Comparison poor = new Comparison(SmallComparison.setup(folder.resolve("poor"), SmallComparison.KINDS, SmallComparison.conditions(
                1e6, List.of(1.0)), 1), new StopSignal());
        assertThatThrownBy(poor::run).isInstanceOf(BadInputException.class).hasMessageContaining("target_flops");
    }
}
