/// Tasks: where conversations to train on and questions to ask come from, mixed and packed into batches.
@org.jspecify.annotations.NullMarked
package nanochat.task;
