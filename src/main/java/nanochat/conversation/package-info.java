/// Conversations: messages and the parts an answer is made of.
@org.jspecify.annotations.NullMarked
package nanochat.conversation;
