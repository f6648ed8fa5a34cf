package nanochat.train;

import java.util.Locale;
import nanochat.eval.SamplePrompt;
import nanochat.io.Progress;

/// Shows a run to a person: one line that renews itself, and above it evaluations, samples and checkpoints.
public final class TerminalReporter implements RunListener, AutoCloseable {
    private final Progress progress;
    private String training = "";
    private String validation = "";

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
                training = "loss " + decimals(stepped.smoothLoss()) + "  " + Progress.count(stepped.tokensPerSecond()) + " tok/s  "
                        + Progress.count(stepped.gigaflopsPerSecond() * 1e9) + "FLOP/s";
                progress.advance(1, training + validation);
            }
            case RunEvent.Evaluated evaluated -> {
                validation = "  bpb " + decimals(evaluated.bitsPerByte());
                progress.advance(0, training + validation);
                say(evaluated, "validation bits per byte " + decimals(evaluated.bitsPerByte()));
            }
            case RunEvent.Sampled sampled -> {
                say(sampled, "completions of the seven prompts:");
                sampled.completions().forEach(completion -> progress.print("    " + onOneLine(completion)));
            }
            case RunEvent.CoreMeasured measured -> say(measured, "CORE " + decimals(measured.core().core()) + " (" + Progress.duration(
                    measured.seconds()) + ")");
            case RunEvent.Saved saved -> say(saved, "saved in " + saved.folder());
            case RunEvent.Noted noted -> progress.print(noted.text());
            case RunEvent.Stopped stopped -> say(stopped, "stopped before the end, everything is saved");
        }
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
