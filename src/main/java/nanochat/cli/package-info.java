/// The command line: one thin command class a stage (options, defaults, exit code), no logic.
@org.jspecify.annotations.NullMarked
package nanochat.cli;
