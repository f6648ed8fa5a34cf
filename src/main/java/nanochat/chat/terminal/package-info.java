/// The conversation at a terminal, and without one.
@org.jspecify.annotations.NullMarked
package nanochat.chat.terminal;
