/// Text to tokens and back: the split pattern, the byte-pair trainer, the encoder and decoder, the special tokens.
@org.jspecify.annotations.NullMarked
package nanochat.tokenizer;
