/// Models on disk: the safetensors format, and folders of checkpoints that are whole or not there.
@org.jspecify.annotations.NullMarked
package nanochat.checkpoint;
