// Writes the samples of tests/parquet anew, by Parquet writers of others: DuckDB (C++), parquet-wasm (arrow-rs), hyparquet-writer
// and parquetjs (JavaScript). What was written lies beside them: tests/parquet/<set>.tsv, "\N" for null, times in seconds.
// Not needed for the tests; to be run where samples are added, in an empty folder:
//     npm install @duckdb/node-api@1.5.6-r.1 parquet-wasm@0.4.0 apache-arrow@21.2.0 hyparquet-writer@0.17.0 @dsnp/parquetjs@1.8.8
//     cp SOURCE/tests/parquet_samples.mjs . && node parquet_samples.mjs SOURCE/tests/parquet
// With a number of rows behind the folder, small ones: 40 rows made the seeds of tests/fuzz/corpus/parquet.
import { DuckDBInstance } from '@duckdb/node-api'
import parquetjs from '@dsnp/parquetjs'
import * as arrow from 'apache-arrow'
import { createRequire } from 'module'
import * as fs from 'fs'
import * as zlib from 'zlib'
import { parquetWriteBuffer } from 'hyparquet-writer'
const wasm = createRequire(import.meta.url)('parquet-wasm/node')

const folder = process.argv[2]
const ROWS = Number(process.argv[3] ?? 300)
const rows = f => Array.from({ length: ROWS }, (_, i) => f(i))

// Pairs do not repeat: 25 users, 12 items.
const user = i => i * 7 % 25
const item = i => Math.floor(i / 25)
const code = i => `B00${String(1000 + item(i) * 37)}${'xyz'[item(i) % 3]}`
const name = i => ['anna', 'björn', '中文', 'a b'][user(i) % 4] + '-' + user(i)
const rarely = (i, step, value) => i % step === 3 || (i > 120 && i < 160) ? null : value
const seconds = i => BigInt(1000000000 + i * 86399)
const milliseconds = i => BigInt(i - 150) * 123456789n + 17n
const iso = i => new Date((i - 150) * 123456789).toISOString().replace('Z', ['Z', '+05:30', ''][i % 3])
const floor = (a, b) => a / b - (a % b < 0n ? 1n : 0n)

// What is written; `when` is in the unit that is written, `told` in seconds.
const sets = {
  numbers: { user_id: rows(i => [BigInt(user(i)), -9223372036854775807n + BigInt(user(i)), 9007199254740993n + BigInt(user(i))][user(i) % 3]),
    item_id: rows(i => item(i) * 178956970 - 1000000000), rating: rows(i => (i * 31 % 41 - 5) / 4), when: rows(seconds) },
  texts: { user: rows(name), item: rows(code), rating: rows(i => i * 13 % 10 / 2), when: rows(seconds) },
  nulls: { user: rows(i => rarely(i, 11, name(i))), item: rows(i => rarely(i, 7, item(i))),
    rating: rows(i => rarely(i, 5, i % 9 / 2)), when: rows(i => rarely(i, 13, seconds(i))) },
  unsigned: { user: rows(i => 18446744073709551615n - BigInt(user(i))), item: rows(i => 4294967295 - item(i)),
    rating: rows(i => 255 - i % 7) },
  whole: { user: rows(i => user(i) * 1e6), item: rows(item), rating: rows(i => i % 10 / 2) },
  times: { user: rows(user), item: rows(item), rating: rows(i => i % 3 === 0), when: rows(milliseconds), told: rows(i => floor(milliseconds(i), 1000n)) },
  days: { user: rows(user), item: rows(item), rating: rows(i => i % 3), when: rows(i => i - 100), told: rows(i => (i - 100) * 86400) },
  iso: { user: rows(user), item: rows(item), rating: rows(i => i % 3), when: rows(i => rarely(i, 17, iso(i))) },
  int96: { user: rows(user), item: rows(item), rating: rows(i => i % 3), when: rows(i => i * 1234567891),
    told: rows(i => floor(BigInt(i) * 1234567891n, 1000000000n) - 2440588n * 86400n) },
  decimals: { user: rows(user), item: rows(item), rating: rows(i => ((i * 31 % 1000 - 400) / 100).toFixed(2)) }
}

const columnsOf = set => Object.keys(sets[set]).filter(c => c !== 'told')
const save = (file, bytes) => fs.writeFileSync(`${folder}/${file}.parquet`, bytes)

function writeTable (path, set, told) {
  const names = columnsOf(set), text = [names.join('\t')]
  for (let i = 0; i < ROWS; i++) {
    text.push(names.map(c => {
      const value = told && c === 'when' && sets[set].told ? sets[set].told[i] : sets[set][c][i]
      return value === null ? '\\N' : typeof value === 'boolean' ? +value : String(value)
    }).join('\t'))
  }
  fs.writeFileSync(path, text.join('\n') + '\n')
}

// DuckDB: pages of version 1; VERSION V2 brings the newer encodings.
async function byDuckDB () {
  const db = await (await DuckDBInstance.create()).connect()
  const types = {
    numbers: ['bigint', 'integer', 'double', 'bigint'], texts: ['varchar', 'varchar', 'float', 'bigint'],
    nulls: ['varchar', 'integer', 'double', 'bigint'], unsigned: ['ubigint', 'uinteger', 'utinyint'],
    whole: ['double', 'float', 'float'], times: ['integer', 'smallint', 'boolean', 'bigint'],
    days: ['integer', 'integer', 'tinyint', 'integer'], iso: ['integer', 'integer', 'tinyint', 'varchar'], decimals: ['decimal(18,0)', 'integer', 'decimal(7,2)']
  }
  for (const set of Object.keys(types)) {
    const columns = columnsOf(set).map((c, k) => `'${c}': '${types[set][k]}'`)
    writeTable('/tmp/parquet_sample.tsv', set, false)
    await db.run(`create table ${set} as select * from read_csv('/tmp/parquet_sample.tsv', delim = '\t', nullstr = '\\N',
      header = true, quote = '', escape = '', auto_detect = false, columns = {${columns}})`)
  }
  const copy = (file, query, options) => db.run(`copy (${query}) to '${folder}/${file}.parquet' (format parquet, ${options})`)
  for (const codec of ['uncompressed', 'snappy', 'gzip', 'zstd', 'lz4_raw']) {
    await copy(`numbers-duckdb-${codec}`, 'from numbers', `codec '${codec}', parquet_version 'V1'`)
    await copy(`texts-duckdb-${codec}-v2`, 'from texts', `codec '${codec}', parquet_version 'V2'`)
  }
  await copy('numbers-duckdb-v2', 'from numbers', "parquet_version 'V2', codec 'uncompressed', dictionary_size_limit 1")
  await copy('texts-duckdb-plain', 'from texts', "dictionary_size_limit 1, codec 'uncompressed'")
  for (const set of ['nulls', 'unsigned', 'whole', 'decimals']) {
    for (const version of ['v1', 'v2']) await copy(`${set}-duckdb-${version}`, `from ${set}`, `parquet_version '${version}'`)
  }
  await copy('times-duckdb-ms', 'select user, item, rating, epoch_ms("when")::timestamp_ms as "when" from times', "codec 'zstd'")
  await copy('times-duckdb-us', 'select user, item, rating, epoch_ms("when") as "when" from times', "codec 'zstd'")
  await copy('times-duckdb-ns', 'select user, item, rating, epoch_ms("when")::timestamp_ns as "when" from times', "codec 'zstd', parquet_version 'V2'")
  await copy('days-duckdb', 'select user, item, rating, date \'1970-01-01\' + "when" as "when" from days', "codec 'snappy'")
  await copy('iso-duckdb', 'from iso', "codec 'snappy'")
  await copy('refused-when', "select user, item, rating, 'March ' || (1 + item % 31)::varchar as \"when\" from whole", "codec 'snappy'")
  await copy('refused-brotli', 'from numbers', "codec 'brotli'")
  await copy('refused-nested', 'select user, list(item) as item, 1 as rating from whole group by user', "codec 'snappy'")
  await copy('refused-names', 'select user as a, item as b, rating as c from whole', "codec 'snappy'")
  await copy('refused-uuid', "select ('00000000-0000-0000-0000-' || lpad(user::int::varchar, 12, '0'))::uuid as user, item, rating from whole", "codec 'snappy'")
  await copy('unwanted-duckdb', 'select [1, 2] as list, {a: item, b: user} as struct, user, uuid() as uuid, item, rating, blob \'\\xff\' as bytes from whole', "codec 'snappy'")
  await db.run("set force_mbedtls_unsafe = 'true'") // for a sample it does
  await db.run("pragma add_parquet_key('k', '0123456789abcdef')")
  await copy('refused-encrypted', 'from whole', "encryption_config {footer_key: 'k'}")
}

// parquet-wasm: every encoding, both versions of pages, several row groups and pages.
function byWasm () {
  const { Compression, Encoding, WriterVersion } = wasm
  const types = {
    numbers: [new arrow.Int64(), new arrow.Int32(), new arrow.Float64(), new arrow.Int64()],
    texts: [new arrow.Utf8(), new arrow.Utf8(), new arrow.Float32(), new arrow.Int64()],
    nulls: [new arrow.Utf8(), new arrow.Int32(), new arrow.Float64(), new arrow.Int64()],
    unsigned: [new arrow.Uint64(), new arrow.Uint32(), new arrow.Uint8()],
    times: [new arrow.Int32(), new arrow.Int32(), new arrow.Bool(), new arrow.Int64()]
  }
  const write = (file, set, version, codec, encodings, group = 1000) => {
    const vectors = Object.fromEntries(columnsOf(set).map((c, k) => [c, arrow.vectorFromArray(sets[set][c], types[set][k])]))
    const table = wasm.Table.fromIPCStream(arrow.tableToIPC(new arrow.Table(vectors), 'stream'))
    let builder = new wasm.WriterPropertiesBuilder().setWriterVersion(version).setCompression(codec)
      .setMaxRowGroupSize(group).setDataPageSizeLimit(300).setWriteBatchSize(50).setDictionaryEnabled(encodings === null)
    columnsOf(set).forEach((c, k) => { if (encodings !== null) builder = builder.setColumnEncoding(c, encodings[k]) })
    save(file, wasm.writeParquet(table, builder.build()))
  }
  const { PLAIN, RLE, DELTA_BINARY_PACKED: delta, DELTA_LENGTH_BYTE_ARRAY: lengths, DELTA_BYTE_ARRAY: prefixes, BYTE_STREAM_SPLIT: split } = Encoding
  for (const [v, version] of [['v1', WriterVersion.V1], ['v2', WriterVersion.V2]]) {
    write(`numbers-wasm-delta-${v}`, 'numbers', version, Compression.ZSTD, [delta, delta, PLAIN, delta])
    write(`numbers-wasm-dictionary-${v}`, 'numbers', version, Compression.LZ4_RAW, null, 100)
    write(`texts-wasm-prefixes-${v}`, 'texts', version, Compression.UNCOMPRESSED, [prefixes, prefixes, PLAIN, delta])
    write(`texts-wasm-lengths-${v}`, 'texts', version, Compression.SNAPPY, [lengths, lengths, PLAIN, PLAIN])
    write(`nulls-wasm-delta-${v}`, 'nulls', version, Compression.GZIP, [prefixes, delta, PLAIN, delta])
    write(`nulls-wasm-dictionary-${v}`, 'nulls', version, Compression.SNAPPY, null, 70)
    write(`unsigned-wasm-${v}`, 'unsigned', version, Compression.UNCOMPRESSED, [delta, delta, delta])
  }
  try { write('numbers-wasm-split', 'numbers', WriterVersion.V2, Compression.SNAPPY, [split, split, split, PLAIN]) } catch (e) { console.log(String(e)) }
  write('refused-lz4', 'numbers', WriterVersion.V1, Compression.LZ4, [PLAIN, PLAIN, PLAIN, PLAIN])
}

// hyparquet-writer: pages of version 2.
function byHyparquet () {
  const write = (file, set, codec, columns, pageSize = 400) => save(file, new Uint8Array(parquetWriteBuffer({
    columnData: columnsOf(set).map((c, k) => ({ name: c, data: sets[set][c], ...columns[k] })),
    codec, pageSize, rowGroupSize: 128, compressors: { GZIP: bytes => zlib.gzipSync(bytes), ZSTD: undefined }
  })))
  const int64 = { type: 'INT64' }, int32 = { type: 'INT32' }, double = { type: 'DOUBLE' }, float = { type: 'FLOAT' }, text = { type: 'STRING' }
  const as = (type, encoding) => ({ ...type, encoding })
  write('numbers-hyparquet', 'numbers', 'SNAPPY', [int64, int32, double, int64])
  write('numbers-hyparquet-split', 'numbers', 'UNCOMPRESSED', [as(int64, 'BYTE_STREAM_SPLIT'), as(int32, 'BYTE_STREAM_SPLIT'), as(double, 'BYTE_STREAM_SPLIT'), as(int64, 'DELTA_BINARY_PACKED')])
  write('texts-hyparquet-split', 'texts', 'GZIP', [as(text, 'DELTA_BYTE_ARRAY'), as(text, 'DELTA_LENGTH_BYTE_ARRAY'), as(float, 'BYTE_STREAM_SPLIT'), int64])
  write('nulls-hyparquet', 'nulls', 'SNAPPY', [text, int32, double, int64].map(c => ({ ...c, nullable: true })))
  write('times-hyparquet', 'times', 'UNCOMPRESSED', [int32, int32, { type: 'BOOLEAN', encoding: 'RLE' }, { data: sets.times.when.map(v => new Date(Number(v))), type: 'TIMESTAMP' }])
}

// parquetjs: older types, version 1 and 2.
async function byParquetjs () {
  const write = async (file, set, types, version2) => {
    const schema = new parquetjs.ParquetSchema(Object.fromEntries(columnsOf(set).map((c, k) => [c, types[k]])))
    const writer = await parquetjs.ParquetWriter.openFile(schema, `${folder}/${file}.parquet`, { useDataPageV2: version2, rowGroupSize: 128, pageSize: 50 })
    for (let i = 0; i < ROWS; i++) {
      await writer.appendRow(Object.fromEntries(columnsOf(set).filter(c => sets[set][c][i] !== null).map(c => [c, sets[set][c][i]])))
    }
    await writer.close()
  }
  const column = (type, compression = 'SNAPPY', optional = false) => ({ type, compression, optional })
  const nullable = (type, compression) => column(type, compression, true)
  await write('texts-parquetjs-v1', 'texts', [column('UTF8'), column('UTF8', 'GZIP'), column('FLOAT'), column('INT64', 'UNCOMPRESSED')], false)
  await write('texts-parquetjs-v2', 'texts', [column('UTF8'), column('BYTE_ARRAY', 'GZIP'), column('FLOAT'), column('INT64', 'UNCOMPRESSED')], true)
  await write('nulls-parquetjs-v1', 'nulls', ['UTF8', 'INT32', 'DOUBLE', 'INT64'].map(t => nullable(t, 'GZIP')), false)
  await write('nulls-parquetjs-v2', 'nulls', ['UTF8', 'INT32', 'DOUBLE', 'INT64'].map(t => nullable(t, 'SNAPPY')), true)
  await write('int96-parquetjs', 'int96', ['INT32', 'INT32', 'INT32', 'INT96'].map(t => column(t)), false)
}

fs.mkdirSync(folder, { recursive: true })
for (const set of Object.keys(sets)) writeTable(`${folder}/${set}.tsv`, set, true)
await byDuckDB()
byWasm()
byHyparquet()
await byParquetjs()
