/// Parquet files, row group by row group. The only package that knows the Parquet library.
@org.jspecify.annotations.NullMarked
package nanochat.data.parquet;
