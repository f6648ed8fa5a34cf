package nanochat.train;

import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import nanochat.eval.SamplePrompt;
import nanochat.io.Progress;
import nanochat.objective.PreferenceStatistics;

/// Shows a run to a person: one line that renews itself, and above it evaluations, samples and checkpoints.
public final class TerminalReporter implements RunListener, AutoCloseable {
    private static final int SHOWN_ANSWERS = 3;

    private final Progress progress;
    private String training = "";
    private String representation = "";
    private String validation = "";
    private Optional<String> rewards = Optional.empty();

    /// @param stage what the run does, in a word
    /// @param iterations steps of the run
    /// @param done of them, by an earlier run
    public TerminalReporter(String stage, int iterations, int done) {
        progress = Progress.resuming(stage, iterations, "steps", done);
    }

    @Override
    public void on(RunEvent event) {
        switch (event) {
            case RunEvent.Started started -> progress.print(started.backend());
            case RunEvent.Stepped stepped -> {
                training = rewards.isPresent()
                        ? rewards.get()
                        : "loss " + decimals(stepped.smoothLoss()) + "  " + Progress.count(stepped.tokensPerSecond()) + " tok/s  "
                                + Progress.count(stepped.gigaflopsPerSecond() * 1e9) + "FLOP/s";
                progress.advance(1, training + representation + validation);
            }
            case RunEvent.Evaluated evaluated -> {
                validation = "  bpb " + decimals(evaluated.bitsPerByte());
                progress.advance(0, training + representation + validation);
                say(evaluated, "validation bits per byte " + decimals(evaluated.bitsPerByte()));
            }
            case RunEvent.ValidatedOtherwise validated -> say(validated, "validation " + validated.heldOut().inWords());
            case RunEvent.Sampled sampled -> {
                say(sampled, "completions of the seven prompts:");
                sampled.completions().forEach(completion -> progress.print("    " + onOneLine(completion)));
            }
            case RunEvent.CoreMeasured measured -> say(measured, "CORE " + decimals(measured.core().core()) + " (" + Progress.duration(
                    measured.seconds()) + ")");
            case RunEvent.Represented represented -> representation = String.format(Locale.ROOT, "  representation loss %.3f variance %.2f",
                    represented.representation().loss(), represented.representation().variance());
            case RunEvent.Compared compared -> rewards = Optional.of(inWords(compared.preferences()));
            case RunEvent.Judged judged -> say(judged, "validation pairs " + inWords(judged.preferences()) + " (" + Progress.duration(judged
                    .seconds()) + ")");
            case RunEvent.Rewarded rewarded -> rewards = Optional.of(inWords(rewarded.metrics()));
            case RunEvent.PassMeasured measured -> {
                say(measured, "held-out problems " + inWords(measured.scores()) + " (" + Progress.duration(measured.seconds()) + ")");
                measured.answers().stream().limit(SHOWN_ANSWERS).forEach(answer -> progress.print((answer.solved() ? "  + " : "  - ")
                        + (answer.question() + " | " + answer.answer()).replace("\n", "\\n")));
            }
            case RunEvent.Saved saved -> say(saved, "saved in " + saved.folder());
            case RunEvent.Noted noted -> progress.print(noted.text());
            case RunEvent.Stopped stopped -> say(stopped, "stopped before the end, everything is saved");
        }
    }

    private static String inWords(RolloutMetrics metrics) {
        double seconds = metrics.rolloutSeconds() + metrics.updateSeconds();
        return String.format(Locale.ROOT,
                "reward %.3f  %.0f tokens  entropy %.3f%s  no signal %.0f%%  gap %.0e  %s tok/s  answers %.0f%% of time",
                metrics.reward(), metrics.length(), metrics.entropy(), metrics.divergence().map(nats -> String.format(Locale.ROOT,
                        "  KL %.4f", nats)).orElse(""),
                100 * metrics.withoutSignal(), metrics.logProbabilityGap(), Progress.count(metrics.tokens() / seconds),
                100 * metrics.rolloutSeconds() / seconds);
    }

    private static String inWords(PreferenceStatistics preferences) {
        return String.format(Locale.ROOT, "loss %.4f  accuracy %.1f%%  margin %.3f", preferences.loss(), 100 * preferences.accuracy(),
                preferences.margin());
    }

    private static String inWords(PassScores scores) {
        return IntStream.rangeClosed(1, scores.passAt().size()).filter(k -> Integer.bitCount(k) == 1)
                .mapToObj(k -> String.format(Locale.ROOT, "pass@%d %.1f%%", k, 100 * scores.passAt().get(k - 1)))
                .collect(Collectors.joining("  "));
    }

    /// A prompt, a bar, and its completion.
    public static String onOneLine(SamplePrompt.Completion completion) {
        return completion.prompt() + " |" + completion.completion().replace("\n", "\\n");
    }

    private void say(RunEvent event, String text) {
        progress.print("step " + event.step() + ": " + text);
    }

    private static String decimals(double value) {
        return String.format(Locale.ROOT, "%.4f", value);
    }

    @Override
    public void close() {
        progress.close();
    }
}
