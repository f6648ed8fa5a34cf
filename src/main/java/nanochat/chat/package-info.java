/// Talking to a model: which one, a conversation with it, and the terminal around that.
@org.jspecify.annotations.NullMarked
package nanochat.chat;
