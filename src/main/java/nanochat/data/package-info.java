/// Documents in, batches out: document sources, the built-in corpus, packers, and the loader whose state a checkpoint keeps.
@org.jspecify.annotations.NullMarked
package nanochat.data;
