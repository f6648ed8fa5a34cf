/// The runs in the base directory, followed while they train: what their metrics say so far, in curves that stay small however long a run gets.
@org.jspecify.annotations.NullMarked
package nanochat.runs;
