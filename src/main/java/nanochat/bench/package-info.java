/// Measurements of single parts on this machine.
@org.jspecify.annotations.NullMarked
package nanochat.bench;
