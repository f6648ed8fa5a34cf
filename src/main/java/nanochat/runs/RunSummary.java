package nanochat.runs;

import java.time.Instant;
import java.util.Optional;
import nanochat.checkpoint.ModelStage;

/// What a list of runs says of one.
///
/// @param name by which it is asked for
/// @param tag the name of its model
/// @param step optimizer steps taken
/// @param planned steps of the whole run
/// @param secondsLeft at the pace of the last steps
/// @param heard when it last said anything
/// @param seconds spent in steps
/// @param tokens trained on
/// @param loss the newest, as all that follow, in nats
/// @param depth layers of the model
/// @param limitGigaflops what its machine can do at most with matrices of its type, in 10^9 a second; empty where that was not measured
/// @param rounds of samples and answers so far, as far as they are kept
/// @param read share of its metrics that was read: 1 but at first
public record RunSummary(String name, ModelStage stage, String tag, RunStatus status, int step, Optional<Integer> planned,
        Optional<Double> secondsLeft, Optional<Instant> heard, double seconds, double tokens, Optional<Double> loss,
        Optional<Double> bitsPerByte, Optional<Double> reward, Optional<Double> tokensPerSecond, Optional<Integer> depth,
        Optional<Double> limitGigaflops, int rounds, double read) {}
