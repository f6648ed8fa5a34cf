/// What turns gradients into better weights: parameter groups, one step of Muon and AdamW, schedules, and scaling laws.
@org.jspecify.annotations.NullMarked
package nanochat.optim;
