// What node-postgres sends for a query, and reads: called by test/drivers, on its server and table.
const assert = require("assert");
const { Client } = require("pg");

const RANKING = "SELECT id FROM image ORDER BY features <=> $1 LIMIT 1";
const SEARCH = "SELECT id FROM image, intsearch(features, $1) ORDER BY score DESC LIMIT 1";
const SCORE = "SELECT id FROM image ORDER BY best_score(features, $1) DESC NULLS LAST LIMIT 1";
const CONSTRAINED = "SELECT id FROM image, intsearch(features, featquery($1, aspect => 1)) ORDER BY score DESC LIMIT 1";
const REGION = "SELECT region_vector(features, 0, 0, 1, 1) AS vector FROM image WHERE id = 1";

async function main() {
  const client = new Client();
  await client.connect();
  try {
    const best = async (sql, vector) => (await client.query(sql, [vector])).rows[0].id;
    const { vector } = (await client.query(REGION)).rows[0];
    assert.strictEqual(vector.length, 3);
    for (const sql of [RANKING, SEARCH, SCORE, CONSTRAINED]) {
      assert.strictEqual(await best(sql, [3.5, 0, 4]), 2, sql);
      assert.strictEqual(await best(sql, [3, 0, 4]), 2, sql);
      assert.strictEqual(await best(sql, vector), 1, sql);
    }
  } finally {
    await client.end();
  }
  console.log("ok: node-postgres");
}

main().catch((error) => {
  console.error(`node-postgres: ${error.message}`);
  process.exit(1);
});
