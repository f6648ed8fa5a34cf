/// The root command.
@org.jspecify.annotations.NullMarked
package nanochat;
