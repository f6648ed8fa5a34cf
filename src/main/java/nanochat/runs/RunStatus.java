package nanochat.runs;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// How a run stands.
public enum RunStatus {
    /// It took its last step.
    @JsonProperty("finished")
    FINISHED,
    /// It took a step not long ago.
    @JsonProperty("under_way")
    UNDER_WAY,
    /// It was asked to stop, and can be resumed.
    @JsonProperty("interrupted")
    INTERRUPTED,
    /// It fell silent without a word.
    @JsonProperty("broken_off")
    BROKEN_OFF;

    /// A run that says nothing for so long, and for so many of its steps, is taken for dead.
    private static final Duration SILENCE = Duration.ofMinutes(10);
    private static final int SILENT_STEPS = 20;

    /// @param over whether it took its last step
    /// @param stopped whether the last that was heard is that it was asked to stop
    /// @param stepMilliseconds what its last step took
    /// @param lastHeard when it last said anything
    public static RunStatus of(boolean over, boolean stopped, double stepMilliseconds, Optional<Instant> lastHeard, Instant now) {
        if (over) {
            return FINISHED;
        }
        if (stopped) {
            return INTERRUPTED;
        }
        Duration silence = Duration.ofMillis((long) (SILENT_STEPS * stepMilliseconds));
        Instant quietSince = now.minus(silence.compareTo(SILENCE) > 0 ? silence : SILENCE);
        return lastHeard.filter(quietSince::isBefore).isPresent() ? UNDER_WAY : BROKEN_OFF;
    }
}
