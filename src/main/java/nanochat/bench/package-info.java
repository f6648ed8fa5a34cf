/// Benchmarks that users run: what this machine can do, and how near the work comes to it.
@org.jspecify.annotations.NullMarked
package nanochat.bench;
