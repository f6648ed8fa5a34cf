/// The GPT: its configuration, its parameters, and the forward pass, readable top to bottom.
@org.jspecify.annotations.NullMarked
package nanochat.model;
