package nanochat.train;

import nanochat.eval.CoreBundle;

/// When a pretraining run measures CORE.
///
/// @param every steps from one evaluation to the next; the last one is at the end of the run
/// @param mostPerTask how many examples of a task
/// @param threads how many compute
public record CoreCadence(CoreBundle bundle, int every, int mostPerTask, int threads) {}
