/// Training loops, each one readable method, and what belongs to a run: its plan, its state, its log.
@org.jspecify.annotations.NullMarked
package nanochat.train;
